package records_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	crawlee4 = `{"id":"Abcdefgh123456789","name":"store","accessedAt":"2020-01-02T03:04:05.678Z","createdAt":"2020-01-02T03:04:05.678Z","modifiedAt":"2020-01-02T03:04:05.678Z"}`
	crawlee3 = `{"id":"Abcdefgh123456789","name":"store","userId":"1","accessedAt":"2020-01-02T03:04:05.678Z","createdAt":"2020-01-02T03:04:05.678Z","modifiedAt":"2020-01-02T03:04:05.678Z"}`
	python   = `{"id":"Abcdefgh123456789","name":"store","accessed_at":"2020-01-02 03:04:05.678901+00:00","created_at":"2020-01-02 03:04:05.678901+00:00","modified_at":"2020-01-02 03:04:05.678901+00:00"}`
)

// An SDK's metadata of an empty store tells how records are to be laid out, and
// says when the store was changed.
func TestStoresOfSDKs(t *testing.T) {
	for name, c := range map[string]struct {
		metadata, modified string // how it spells the time of the last change
		files              []string
		contentType        string // the member of a record's metadata
	}{
		"Crawlee 3": {crawlee3, "modifiedAt", []string{"__metadata__.json", "a_b.txt"}, ""},
		"Crawlee 4": {crawlee4, "modifiedAt", []string{"__metadata__.json", "a_b", "a_b.__metadata__.json"}, "contentType"},
		"Python":    {python, "modified_at", []string{"__metadata__.json", "a_b", "a_b.__metadata__.json"}, "content_type"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, map[string]string{"__metadata__.json": c.metadata})
			modified := func() string { return f.member("__metadata__.json", c.modified) }
			f.want(204, "DELETE", "/records/none", "", "")
			if at := modified(); !strings.HasPrefix(at, "2020") {
				t.Errorf("deleting what is not there has changed the store at %s", at)
			}
			f.want(201, "PUT", "/records/a_b", "value", "text/plain")
			if names := f.names(); !slices.Equal(names, c.files) {
				t.Errorf("files %q, want %q", names, c.files)
			}
			if c.contentType != "" {
				if got := f.member("a_b.__metadata__.json", c.contentType); got != "text/plain" {
					t.Errorf("the record's metadata has the %s %q", c.contentType, got)
				}
			}
			if at := modified(); strings.HasPrefix(at, "2020") {
				t.Errorf("after a record was stored the last change is of %s", at)
			}
			f.wantRecord("a_b", "value", "text/plain")
		})
	}
}

// member is a text in a JSON file of the store's folder.
func (f *folder) member(file, name string) string {
	f.t.Helper()
	text, err := os.ReadFile(f.path(file))
	if err != nil {
		f.t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		f.t.Fatal(err)
	}
	value, _ := members[name].(string)
	return value
}

func TestNewestFileOfAKeyCounts(t *testing.T) {
	for newest, contentType := range map[string]string{"a.html": "text/html; charset=utf-8", "a.txt": "text/plain; charset=utf-8", "a.xml": "application/xml"} {
		t.Run(newest, func(t *testing.T) {
			f := newFolder(t, map[string]string{"a.html": "a.html", "a.txt": "a.txt", "a.xml": "a.xml"})
			for _, name := range f.names() {
				f.setTime(f.path(name), time.Now().Add(-time.Hour))
			}
			f.setTime(f.path(newest), time.Now())
			f.wantRecord("a", newest, contentType)
		})
	}
}

// shared is a store in which Crawlee 3, with its metadata on, has the keys image
// and image.png share a file.
func shared() map[string]string {
	return map[string]string{
		"image.png":                   "both",
		"image.__metadata__.json":     `"{\"extension\":\"png\",\"key\":\"image\",\"contentType\":\"image/png\"}"`,
		"image.png.__metadata__.json": `"{\"extension\":\"png\",\"key\":\"image.png\",\"contentType\":\"image/png\"}"`,
	}
}

// A file that keys share stays for as long as one of them is there.
func TestSharedFileIsDeletedWithTheLastKey(t *testing.T) {
	for _, keys := range [][]string{{"image", "image.png"}, {"image.png", "image"}} {
		t.Run(keys[0]+" first", func(t *testing.T) {
			f := newFolder(t, shared())
			f.want(204, "DELETE", "/records/"+keys[0], "", "")
			if names, want := f.names(), []string{"image.png", keys[1] + ".__metadata__.json"}; len(names) != 2 || !slices.Contains(names, want[0]) || !slices.Contains(names, want[1]) {
				t.Errorf("the folder has %q, want %q", names, want)
			}
			f.wantRecord(keys[1], "both", "image/png")
			f.want(404, "GET", "/records/"+keys[0], "", "")
			f.want(204, "DELETE", "/records/"+keys[1], "", "")
			if names := f.names(); len(names) > 0 {
				t.Errorf("left: %q", names)
			}
		})
	}
}

// Where a record that shares its file has no place of its own, nothing changes.
func TestSharedFileThatCannotBeParted(t *testing.T) {
	f := newFolder(t, shared())
	if err := os.Mkdir(f.path("image.png.png"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := f.names()
	if answer := f.want(409, "PUT", "/records/image", "new", "image/png"); !strings.Contains(answer, "image.png.png") {
		t.Errorf("the refusal is %s", answer)
	}
	f.wantRecord("image", "both", "image/png")
	f.wantRecord("image.png", "both", "image/png")
	if names := f.names(); !slices.Equal(names, before) {
		t.Errorf("the folder has %q, and had %q", names, before)
	}
}

// A record whose metadata cannot be written is an error, and leaves no temporary
// files.
func TestMetadataThatCannotBeWritten(t *testing.T) {
	f := newFolder(t, map[string]string{"__metadata__.json": python})
	if err := os.Mkdir(f.path("a.__metadata__.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	f.want(500, "PUT", "/records/a", "new", "text/plain")
	f.expectNothing(".apifyctl/tmp/*")
	f.want(201, "PUT", "/records/b", "new", "text/plain")
	f.wantRecord("b", "new", "text/plain")
}

// The last page of keys says so, even if it is full.
func TestFullPageOfKeys(t *testing.T) {
	f := newFolder(t, map[string]string{"a.txt": "", "b.txt": "", "c.txt": ""})
	for limit, truncated := range map[string]bool{"2": true, "3": false, "4": false} {
		answer := f.want(200, "GET", "/keys?limit="+limit, "", "")
		if got := strings.Contains(answer, `"isTruncated":true`); got != truncated || strings.Contains(answer, `"nextExclusiveStartKey":null`) == truncated {
			t.Errorf("a page of %s: %s", limit, answer)
		}
	}
}

// A page of keys says which key it begins after; null at the beginning.
func TestStartOfPage(t *testing.T) {
	f := newFolder(t, map[string]string{"a.txt": "", "b.txt": ""})
	for query, want := range map[string]string{"": "null", "?exclusiveStartKey=": "null", "?exclusiveStartKey=a": `"a"`} {
		if answer := f.want(200, "GET", "/keys"+query, "", ""); !strings.Contains(answer, `"exclusiveStartKey":`+want) {
			t.Errorf("keys%s: %s, want the start key %s", query, answer, want)
		}
	}
}

// A value that cannot be stored leaves nothing behind, however large it is.
func TestRefusedValuesLeaveNothing(t *testing.T) {
	for name, size := range map[string]int{"small": 10, "large": 100_000} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, nil)
			if err := os.Mkdir(f.path("a.txt"), 0o700); err != nil {
				t.Fatal(err)
			}
			f.want(409, "PUT", "/records/a", strings.Repeat("x", size), "text/plain")
			f.expectNothing(".apifyctl/tmp/*")
		})
	}
}

// expectNothing looks for files below the storage directory.
func (f *folder) expectNothing(pattern string) {
	f.t.Helper()
	if left, err := filepath.Glob(filepath.Join(f.dir, filepath.FromSlash(pattern))); err != nil || len(left) > 0 {
		f.t.Errorf("left behind: %q, %v", left, err)
	}
}

// What was noted of a value goes with it.
func TestNotesGoWithTheirValues(t *testing.T) {
	const notes = ".apifyctl/records/*/types/*"
	f := newFolder(t, nil)
	f.want(201, "PUT", "/records/a", "value", "application/x-odd")
	f.want(201, "PUT", "/records/a", "value", "text/html; charset=utf-8")
	f.wantRecord("a", "value", "text/html; charset=utf-8")
	f.expectNothing(notes)
	f.want(201, "PUT", "/records/a", "value", "application/x-odd")
	f.want(204, "DELETE", "/records/a", "", "")
	f.expectNothing(notes)
}

// Which of several files is the input is not guessed.
func TestSeveralInputs(t *testing.T) {
	f := newFolder(t, map[string]string{"__metadata__.json": python})
	for name, text := range map[string]string{
		"INPUT.json": "{}", "INPUT.json.__metadata__.json": `{"key":"INPUT.json","content_type":"application/json"}`,
		"INPUT.txt": "x", "INPUT.txt.__metadata__.json": `{"key":"INPUT.txt","content_type":"text/plain"}`,
	} {
		if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if answer := f.want(500, "GET", "/records/INPUT", "", ""); !strings.Contains(answer, "several files for the input") {
		t.Errorf("answered %s", answer)
	}
	f.wantRecord("INPUT.json", "{}", "application/json")
}

// Where a folder's time cannot tell of a change, it is looked at all the same:
// here it is in the future, as the clock of another machine may have it.
func TestTimesThatDoNotTell(t *testing.T) {
	future := time.Now().Add(time.Hour)
	f := newFolder(t, map[string]string{"a.txt": "a"})
	f.setTime(f.path(""), future)
	if keys := f.keys(); !slices.Equal(keys, []string{"a"}) {
		t.Errorf("keys %q", keys)
	}
	if err := os.WriteFile(f.path("b.txt"), []byte("b"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.setTime(f.path(""), future)
	f.wantRecord("b", "b", "text/plain; charset=utf-8")
	if err := os.Remove(f.path("a.txt")); err != nil {
		t.Fatal(err)
	}
	f.setTime(f.path(""), future)
	if keys := f.keys(); !slices.Equal(keys, []string{"b"}) {
		t.Errorf("keys %q", keys)
	}
}

// Records whose keys make no file names are seen when another process stores and
// deletes them, though the store's own folder stays what it is.
func TestHiddenRecordsOfOtherProcesses(t *testing.T) {
	past := time.Now().Add(-time.Hour)
	f := newFolder(t, map[string]string{"a.txt": "a"})
	other := *f
	other.open()
	values := func() string {
		found, err := filepath.Glob(filepath.Join(f.dir, ".apifyctl", "records", "*", "values"))
		if err != nil || len(found) != 1 {
			t.Fatalf("%q, %v", found, err)
		}
		return found[0]
	}
	k, l := strings.Repeat("k", 256), strings.Repeat("l", 256)
	f.setTime(f.path(""), past)
	if keys := f.keys(); !slices.Equal(keys, []string{"a"}) {
		t.Errorf("keys %q", keys)
	}
	other.want(201, "PUT", "/records/"+k, "1", "text/plain")
	f.setTime(f.path(""), past)
	f.setTime(values(), past)
	if keys := f.keys(); !slices.Equal(keys, []string{"a", k}) {
		t.Errorf("after the first, %d keys", len(keys))
	}
	other.want(201, "PUT", "/records/"+l, "2", "text/plain")
	f.setTime(f.path(""), past)
	f.setTime(values(), past.Add(time.Minute))
	if keys := f.keys(); !slices.Equal(keys, []string{"a", k, l}) {
		t.Errorf("after the second, %d keys", len(keys))
	}
	other.want(204, "DELETE", "/records/"+l, "", "")
	f.setTime(values(), past)
	if keys := f.keys(); !slices.Equal(keys, []string{"a", k}) {
		t.Errorf("after one was deleted, %d keys", len(keys))
	}
}

// Where the time of the folder of such records cannot tell of a change, it is
// looked at all the same.
func TestHiddenRecordsAtTheSameTime(t *testing.T) {
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	f := newFolder(t, nil)
	other := *f
	other.open()
	for i, key := range []string{strings.Repeat("k", 256), strings.Repeat("l", 256)} {
		other.want(201, "PUT", "/records/"+key, "value", "text/plain")
		f.setTime(f.path(""), past)
		values, err := filepath.Glob(filepath.Join(f.dir, ".apifyctl", "records", "*", "values"))
		if err != nil || len(values) != 1 {
			t.Fatalf("%q, %v", values, err)
		}
		f.setTime(values[0], future)
		if keys := f.keys(); len(keys) != i+1 {
			t.Errorf("%d keys are listed, want %d", len(keys), i+1)
		}
	}
}

// A file that gets another key by a change has that key alone.
func TestInputGetsItsKey(t *testing.T) {
	f := newFolder(t, map[string]string{
		"__metadata__.json": python,
		"INPUT.json":        "{}", "INPUT.json.__metadata__.json": `{"key":"INPUT.json","content_type":"application/json"}`,
	})
	f.want(201, "PUT", "/records/other", "value", "text/plain")
	f.want(201, "PUT", "/records/INPUT", "new", "text/plain")
	f.wantRecord("INPUT", "new", "text/plain")
	f.want(404, "GET", "/records/INPUT.json", "", "")
}

// What was noted of a value's media type is not true of one that an SDK wrote over
// it, even if that is of the same size.
func TestValueOfTheSameSize(t *testing.T) {
	f := newFolder(t, nil)
	f.want(201, "PUT", "/records/odd", "one", "application/x-odd")
	if err := os.WriteFile(f.path("odd.bin"), []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.wantRecord("odd", "two", "application/octet-stream")
}

// Metadata without its value is told, by what it says.
func TestMetadataWithoutItsValue(t *testing.T) {
	for name, c := range map[string]struct{ text, told string }{
		"named as the key":    {`{"key":"x","contentType":"text/plain"}`, "x.__metadata__.json has no record beside it"},
		"named in the file":   {`{"key":"x","contentType":"text/plain","filename":"gone.txt"}`, `x.__metadata__.json names the file \"gone.txt\"`},
		"that cannot be read": {`{"key":`, "x.__metadata__.json has no record beside it"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, map[string]string{"__metadata__.json": crawlee4, "x.__metadata__.json": c.text})
			if keys := f.keys(); len(keys) > 0 {
				t.Errorf("keys %q", keys)
			}
			if told := strings.ReplaceAll(f.told.String(), `\\`, ""); !strings.Contains(told, c.told) {
				t.Errorf("told %q, want %q", told, c.told)
			}
		})
	}
}
