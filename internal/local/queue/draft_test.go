package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
)

// Places that are given at the same moment do not overlap, and run no further into
// the future than they must: there a request is locked.
func TestPlacesInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // in which no time passes
		var o orders
		last := o.take(maxBatch) + (maxBatch-1)*orderStep
		for range 100 {
			first := o.take(maxBatch)
			if first != last+orderStep {
				t.Fatalf("a batch begins at %d, and the one before ends at %d", first, last)
			}
			last = first + (maxBatch-1)*orderStep
		}
	})
}

// newHandler is the handler of a directory's queues, without the rest; the default
// queue is there.
func newHandler(t *testing.T, dir string) *Handler {
	t.Helper()
	files, err := directory.Open(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := New(files)
	files.Serve(nil, map[directory.Kind]directory.Contents{directory.RequestQueues: h})
	if err := h.changeQueue(t.Context(), directory.DefaultReference(directory.RequestQueues), "", func(*openQueue) error { return nil }); err != nil {
		t.Fatal(err)
	}
	return h
}

func defaultQueue() directory.Ref {
	return directory.Ref{Kind: directory.RequestQueues, Name: "default"}
}

func draftOf(t *testing.T, key, more string) *draft {
	t.Helper()
	d, err := newDraft([]byte(`{"url":"u","uniqueKey":"`+key+`"`+more+`}`), 5)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// add adds a request as a client's.
func (h *Handler) add(t *testing.T, d *draft) {
	t.Helper()
	err := h.changeWith(t.Context(), defaultQueue(), "", []*draft{d}, false, func(q *openQueue) error {
		_, err := q.addOne(d)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func expectNoTemporaryFiles(t *testing.T, dir string) {
	t.Helper()
	if left, err := filepath.Glob(filepath.Join(dir, durable.TemporaryFolder, "*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

// Which requests are brought to the disk before the queue is locked: those that it
// does not have, and updates that say that a request was handled. The files that
// were not needed go.
func TestStagedDrafts(t *testing.T) {
	dir := t.TempDir()
	h := newHandler(t, dir)
	h.add(t, draftOf(t, "known", ""))
	for name, c := range map[string]struct {
		draft  *draft
		update bool
		staged bool
	}{
		"a new request":                {draftOf(t, "new", ""), false, true},
		"a new request, as an update":  {draftOf(t, "new", ""), true, true},
		"a known request":              {draftOf(t, "known", ""), false, false},
		"a known request, updated":     {draftOf(t, "known", ""), true, false},
		"a known request that is done": {draftOf(t, "known", `,"handledAt":"2026-01-01T00:00:00Z"`), true, true},
	} {
		t.Run(name, func(t *testing.T) {
			done, err := h.stage(t.Context(), defaultQueue(), []*draft{c.draft}, c.update)
			if err != nil {
				t.Fatal(err)
			}
			if staged := c.draft.staged != ""; staged != c.staged {
				t.Errorf("is it on the disk? %t, want %t", staged, c.staged)
			}
			if err := done(); err != nil {
				t.Error(err)
			}
			expectNoTemporaryFiles(t, dir)
		})
	}
	fresh := draftOf(t, "used", "")
	if h.add(t, fresh); fresh.staged != "" {
		t.Errorf("a request's file got no name: %q", fresh.staged)
	}
}

// A change that cannot be made is an error, and leaves nothing behind.
func TestFailedChanges(t *testing.T) {
	dir := t.TempDir()
	h := newHandler(t, dir)
	d := draftOf(t, "a", "")
	h.add(t, d)
	name := requestindex.UsualFile(d.id)
	path := filepath.Join(dir, "request_queues", "default", name)
	err := h.changeQueue(t.Context(), defaultQueue(), "", func(q *openQueue) error {
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
		return q.storeDraft(d, q.layout, name, false)
	})
	if err == nil {
		t.Error("a file has taken the place of a folder")
	}
	expectNoTemporaryFiles(t, dir)
}

// A group of changes is made at once, but not more of them than memory is to hold.
func TestLargeGroupsOfChanges(t *testing.T) {
	dir := t.TempDir()
	h := newHandler(t, dir)
	err := h.changeQueue(t.Context(), defaultQueue(), "", func(q *openQueue) error {
		for n := range maxPending + 1 {
			if len(q.pending.order) != n {
				t.Fatalf("%d of %d changes wait", len(q.pending.order), n)
			}
			if _, err := q.addOne(draftOf(t, strconv.Itoa(n), "")); err != nil {
				return err
			}
		}
		if len(q.pending.order) != 1 {
			t.Errorf("%d of %d changes wait", len(q.pending.order), maxPending+1)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, "request_queues", "default", "*.json")); err != nil || len(files) != maxPending+1 {
		t.Errorf("%d files, %v", len(files), err)
	}
}
