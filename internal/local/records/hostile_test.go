//go:build linux

package records_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestNamesThatAreNoUTF8(t *testing.T) {
	f := newFolder(t, map[string]string{"caf\xe9.txt": "coffee", "a b.json": "{}"})
	if keys := f.want(200, "GET", "/keys", "", ""); !strings.Contains(keys, `"caf%E9"`) || !strings.Contains(keys, `"a b"`) {
		t.Errorf("the keys are %s", keys)
	}
	if got := f.want(200, "GET", "/records/caf%25E9", "", ""); got != "coffee" {
		t.Errorf("the record is %q", got)
	}
	f.want(204, "DELETE", "/records/caf%25E9", "", "")
	f.want(204, "DELETE", "/records/a%20b", "", "")
	if names := f.names(); len(names) > 0 {
		t.Errorf("left: %q", names)
	}
}

// Of several files of a key the newest counts. With it go the others: else an old
// value would come back.
func TestOlderFilesOfAKeyGoWithIt(t *testing.T) {
	for method, status := range map[string]int{"DELETE": 204, "PUT": 201} {
		t.Run(method, func(t *testing.T) {
			f := newFolder(t, map[string]string{"a.txt": "old", "a.json": "{}", "b.txt": "b"})
			f.want(200, "GET", "/keys", "", "")
			if told := f.told.String(); !strings.Contains(told, "a.") {
				t.Errorf("the older file is not told: %s", told)
			}
			f.want(status, method, "/records/a", "<new/>", "application/xml")
			want := []string{"b.txt"}
			if method == "PUT" {
				want = []string{"a.xml", "b.txt"}
			}
			if names := f.names(); !slices.Equal(names, want) {
				t.Errorf("the folder has %q, want %q", names, want)
			}
		})
	}
}

func TestWhatIsNoFileIsNotReplaced(t *testing.T) {
	f := newFolder(t, map[string]string{"target": "untouched"})
	for name, err := range map[string]error{
		"pipe.txt": syscall.Mkfifo(f.path("pipe.txt"), 0o600),
		"link.txt": os.Symlink("target", f.path("link.txt")),
		"sub.txt":  os.Mkdir(f.path("sub.txt"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
		key, _, _ := strings.Cut(name, ".")
		before, err := os.Lstat(f.path(name))
		if err != nil {
			t.Fatal(err)
		}
		f.want(404, "GET", "/records/"+key, "", "")
		if answer := f.want(409, "PUT", "/records/"+key, "new", "text/plain"); !strings.Contains(answer, name) {
			t.Errorf("the refusal is %s", answer)
		}
		f.want(204, "DELETE", "/records/"+key, "", "")
		if after, err := os.Lstat(f.path(name)); err != nil || after.Mode() != before.Mode() {
			t.Errorf("%s was changed: %v", name, err)
		}
		if !strings.Contains(f.told.String(), name) {
			t.Errorf("%s is not told: %s", name, f.told)
		}
	}
}

// A value of ours that cannot be told any more is an error, and can be replaced or
// deleted.
func TestHiddenValuesThatAreDamaged(t *testing.T) {
	key := strings.Repeat("k", 256) // makes no file name
	for name, damage := range map[string]func(value, note string) error{
		"value changed": func(value, _ string) error { return os.WriteFile(value, []byte("wrong"), 0o600) },
		"value cut":     func(value, _ string) error { return os.Truncate(value, 2) },
		"note changed":  func(_, note string) error { return os.WriteFile(note, []byte("{}"), 0o600) },
		"note gone":     func(_, note string) error { return os.Remove(note) },
	} {
		for _, method := range []string{"PUT", "DELETE"} {
			t.Run(fmt.Sprint(name, ", then ", method), func(t *testing.T) {
				f := newFolder(t, nil)
				f.want(201, "PUT", "/records/"+key, "right", "text/plain")
				find := func(pattern string) string {
					found, err := filepath.Glob(filepath.Join(f.dir, ".apifyctl", "records", "*", pattern))
					if err != nil || len(found) != 1 {
						t.Fatalf("%q, %v", found, err)
					}
					return found[0]
				}
				if err := damage(find("values/*"), find("types/*.json")); err != nil {
					t.Fatal(err)
				}
				f.open()
				f.want(500, "GET", "/records/"+key, "", "")
				f.want(200, "GET", "/keys", "", "")
				if strings.HasPrefix(name, "note") && !strings.Contains(f.told.String(), "left out") {
					t.Errorf("nothing is told: %s", f.told)
				}
				if method == "DELETE" {
					f.want(204, method, "/records/"+key, "", "")
					f.want(404, "GET", "/records/"+key, "", "")
					return
				}
				f.want(201, method, "/records/"+key, "new", "text/plain")
				if got := f.want(200, "GET", "/records/"+key, "", ""); got != "new" {
					t.Errorf("the record is %q", got)
				}
			})
		}
	}
}
