package records_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/localtest"
)

// folder is a store's folder, and a client of its directory.
type folder struct {
	t      *testing.T
	dir    string
	told   *bytes.Buffer
	client *http.Client
}

func newFolder(t *testing.T, files map[string]string) *folder {
	t.Helper()
	f := &folder{t: t, dir: t.TempDir(), told: &bytes.Buffer{}}
	if err := os.MkdirAll(f.path(""), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.open()
	return f
}

// open opens the directory as another process would.
func (f *folder) open() {
	f.t.Helper()
	_, f.client = localtest.Open(f.t, f.dir, false, f.told)
}

func (f *folder) path(name string) string {
	return filepath.Join(f.dir, "key_value_stores", "store", name)
}

func (f *folder) names() (names []string) {
	f.t.Helper()
	entries, err := os.ReadDir(f.path(""))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func (f *folder) want(status int, method, path, body, contentType string) string {
	f.t.Helper()
	text, _ := f.answer(status, method, path, body, contentType)
	return text
}

// wantRecord checks a record's value and media type.
func (f *folder) wantRecord(key, value, contentType string) {
	f.t.Helper()
	if text, header := f.answer(200, "GET", "/records/"+key, "", ""); text != value || header.Get("Content-Type") != contentType {
		f.t.Errorf("record %s is %q of %s, want %q of %s", key, text, header.Get("Content-Type"), value, contentType)
	}
}

func (f *folder) answer(status int, method, path, body, contentType string) (string, http.Header) {
	f.t.Helper()
	return localtest.Ask(f.t, f.client, status, method, "/key-value-stores/~store"+path, body, contentType)
}

// keys are those that the store lists.
func (f *folder) keys() []string {
	f.t.Helper()
	var answer struct {
		Data struct{ Items []struct{ Key string } }
	}
	if err := json.Unmarshal([]byte(f.want(200, "GET", "/keys", "", "")), &answer); err != nil {
		f.t.Fatal(err)
	}
	keys := []string{}
	for _, item := range answer.Data.Items {
		keys = append(keys, item.Key)
	}
	return keys
}

// setTime makes a folder look as if it was last changed then.
func (f *folder) setTime(path string, at time.Time) {
	f.t.Helper()
	if err := os.Chtimes(path, at, at); err != nil {
		f.t.Fatal(err)
	}
}
