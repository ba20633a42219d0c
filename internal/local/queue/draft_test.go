package queue

import (
	"path/filepath"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// Places that are given one after the other, at the same moment or not, do not
// overlap.
func TestPlacesInTheQueue(t *testing.T) {
	var o orders
	last := int64(0)
	for range 1000 {
		first := o.take(maxBatch)
		if first <= last {
			t.Fatalf("a batch begins at %d, and the one before ends at %d", first, last)
		}
		last = first + (maxBatch-1)*orderStep
	}
}

// Which requests are brought to the disk before the queue is locked: those that it
// does not have, and updates that say that a request was handled. The files that
// were not needed go.
func TestStagedDrafts(t *testing.T) {
	dir := t.TempDir()
	files, err := directory.Open(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := New(files)
	files.Serve(nil, map[directory.Kind]directory.Contents{directory.RequestQueues: h})
	ref := directory.Ref{Kind: directory.RequestQueues, Name: "default", Run: true}
	draftOf := func(key, more string) *draft {
		d, err := newDraft([]byte(`{"url":"u","uniqueKey":"`+key+`"`+more+`}`), 5)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	known := draftOf("known", "")
	if err := h.changeWith(t.Context(), ref, "", []*draft{known}, false, func(q *openQueue) error {
		_, err := q.addOne(known)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	ref = directory.Ref{Kind: directory.RequestQueues, Name: "default"}
	for name, c := range map[string]struct {
		draft  *draft
		update bool
		staged bool
	}{
		"a new request":                {draftOf("new", ""), false, true},
		"a new request, as an update":  {draftOf("new", ""), true, true},
		"a known request":              {draftOf("known", ""), false, false},
		"a known request, updated":     {draftOf("known", ""), true, false},
		"a known request that is done": {draftOf("known", `,"handledAt":"2026-01-01T00:00:00Z"`), true, true},
	} {
		t.Run(name, func(t *testing.T) {
			done, err := h.stage(t.Context(), ref, []*draft{c.draft}, c.update)
			if err != nil {
				t.Fatal(err)
			}
			if staged := c.draft.staged != ""; staged != c.staged {
				t.Errorf("is it on the disk? %t, want %t", staged, c.staged)
			}
			if err := done(); err != nil {
				t.Error(err)
			}
			if left, err := filepath.Glob(filepath.Join(dir, durable.TemporaryFolder, "*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %q, %v", left, err)
			}
		})
	}
	fresh := draftOf("used", "")
	if err := h.changeWith(t.Context(), ref, "", []*draft{fresh}, false, func(q *openQueue) error {
		_, err := q.addOne(fresh)
		return err
	}); err != nil || fresh.staged != "" {
		t.Errorf("a request's file got no name: %q, %v", fresh.staged, err)
	}
}
