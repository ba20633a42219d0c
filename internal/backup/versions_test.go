package backup

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

const storeID = "Kq7RzT2mWx9LbV4nY"

func TestVersionsAreKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, ".apifyctl", "backup", "key_value_stores", storeID+recordsEnding)
	one, other := versionOf(api.RecordInfo{ETag: `"1"`}), versionOf(api.RecordInfo{ETag: `"2"`})
	v := open(t, dir)
	for _, step := range []struct {
		key     string
		version hash
	}{{"a", one}, {"b", one}, {"a", other}, {"c", hash{}}} {
		if err := v.put(step.key, step.version); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, v)
	for name, damage := range map[string]string{"as it was": "", "half an entry": "0123456789"} {
		t.Run(name, func(t *testing.T) {
			file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.WriteString(damage); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			v := open(t, dir)
			defer closed(t, v)
			for key, want := range map[string]hash{"a": other, "b": one, "c": {}, "d": {}} {
				if got := v.of(key); got != want {
					t.Errorf("the version of %s is %x, want %x", key, got, want)
				}
			}
			if err := v.put("b", other); err != nil {
				t.Fatal(err)
			}
			if err := v.put("b", one); err != nil {
				t.Fatal(err)
			}
		})
	}
	if err := os.WriteFile(path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	v = open(t, dir)
	defer closed(t, v)
	if got := v.of("a"); got != (hash{}) {
		t.Errorf("a version %x was read from a file that is of no such form", got)
	}
}

func open(t *testing.T, dir string) *versions {
	t.Helper()
	v, err := notes{dir}.versions(transfer.Kinds()[1], storeID, true)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func closed(t *testing.T, v *versions) {
	t.Helper()
	if err := v.close(); err != nil {
		t.Error(err)
	}
}

func TestVersionOf(t *testing.T) {
	plain := api.RecordInfo{ETag: `"abc"`, ContentType: "text/plain"}
	for _, c := range []struct {
		name string
		info api.RecordInfo
		same bool
	}{
		{"the same", plain, true},
		{"compressed", api.RecordInfo{ETag: `"abc-gzip"`, ContentType: "text/plain"}, true},
		{"weak", api.RecordInfo{ETag: `W/"abc"`, ContentType: "text/plain"}, true},
		{"another value", api.RecordInfo{ETag: `"abd"`, ContentType: "text/plain"}, false},
		{"another type", api.RecordInfo{ETag: `"abc"`, ContentType: "text/html"}, false},
		{"another time", api.RecordInfo{ETag: `"abc"`, ContentType: "text/plain", LastModified: "x"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := versionOf(c.info) == versionOf(plain); got != c.same {
				t.Errorf("%+v and %+v are the same: %v, want %v", c.info, plain, got, c.same)
			}
		})
	}
	if versionOf(api.RecordInfo{ContentType: "text/plain"}) != (hash{}) {
		t.Error("a value that nothing tells the version of has one")
	}
}

func TestHashRequest(t *testing.T) {
	const plain = `{"id":"a","url":"https://a.com","uniqueKey":"k","userData":{"n":1}}`
	_, want, err := hashRequest([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, request string
		same          bool
	}{
		{"with what servers fill in", `{"uniqueKey":"k","id":"a","method":"GET","retryCount":0,"url":"https://a.com","errorMessages":[],"handledAt":null,"userData":{"n":1}}`, true},
		{"locked", `{"id":"a","url":"https://a.com","uniqueKey":"k","userData":{"n":1},"lockExpiresAt":"2026-01-01T00:00:00Z","orderNo":-5}`, true},
		{"handled", `{"id":"a","url":"https://a.com","uniqueKey":"k","userData":{"n":1},"handledAt":"2026-01-01T00:00:00Z"}`, false},
		{"other data", `{"id":"a","url":"https://a.com","uniqueKey":"k","userData":{"n":2}}`, false},
		{"another method", `{"id":"a","url":"https://a.com","uniqueKey":"k","userData":{"n":1},"method":"POST"}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, got, err := hashRequest([]byte(c.request))
			if err != nil || id != "a" || (got == want) != c.same {
				t.Errorf("the request %s of %q is the same: %v, want %v (%v)", c.request, id, got == want, c.same, err)
			}
		})
	}
}

func TestUnchanged(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now := seen{ModifiedAt: at, Items: 3}
	taken := func(change func(*note)) *note {
		n := &note{Seen: now, Began: at.Add(time.Hour), Complete: true}
		change(n)
		return n
	}
	for _, c := range []struct {
		name string
		note *note
		want bool
	}{
		{"taken whole", taken(func(*note) {}), true},
		{"never taken", nil, false},
		{"interrupted", taken(func(n *note) { n.Complete = false }), false},
		{"more items", taken(func(n *note) { n.Seen.Items = 2 }), false},
		{"modified since", taken(func(n *note) { n.Seen.ModifiedAt = at.Add(-time.Second) }), false},
		{"modified just before it was taken", taken(func(n *note) { n.Began = at.Add(time.Minute) }), false},
		{"being taken anew", taken(func(n *note) { n.Staged = "x" }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.note.unchanged(now); got != c.want {
				t.Errorf("unchanged is %v, want %v", got, c.want)
			}
		})
	}
}
