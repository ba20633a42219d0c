package queue_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local"
	"github.com/apifyctl/apifyctl/internal/local/localtest"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// folder is a queue's folder, and a client of its directory.
type folder struct {
	t       *testing.T
	dir     string
	served  bool
	told    *bytes.Buffer
	handler *local.Handler
	client  *http.Client
}

// newFolder opens a directory that has the files, or those of an SDK's layout.
func newFolder(t *testing.T, files map[string]string, served bool) *folder {
	t.Helper()
	f := &folder{t: t, dir: t.TempDir(), served: served}
	if err := os.MkdirAll(f.path(""), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		f.write(name, text)
	}
	f.open()
	return f
}

func newLayout(t *testing.T, layout string) *folder {
	t.Helper()
	f := &folder{t: t, dir: t.TempDir()}
	if err := os.CopyFS(f.dir, os.DirFS(filepath.Join("..", "testdata", "layouts", layout))); err != nil {
		t.Fatal(err)
	}
	f.open()
	return f
}

// open opens the directory as another process would.
func (f *folder) open() {
	f.t.Helper()
	f.told = &bytes.Buffer{}
	f.handler, f.client = localtest.Open(f.t, f.dir, f.served, f.told)
}

// reopen ends the process, and opens the directory in another one.
func (f *folder) reopen() {
	f.t.Helper()
	if err := f.handler.Close(); err != nil {
		f.t.Fatal(err)
	}
	f.open()
}

func (f *folder) path(name string) string {
	return filepath.Join(f.dir, "request_queues", "default", name)
}

func (f *folder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) read(name string) string {
	f.t.Helper()
	text, err := os.ReadFile(f.path(name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}

// want asks for something of the queue, and returns the data of the answer.
func (f *folder) want(status int, method, path, body string) map[string]any {
	f.t.Helper()
	return f.ask(status, method, "/request-queues/~default"+path, body)
}

func (f *folder) ask(status int, method, path, body string) map[string]any {
	f.t.Helper()
	text, _ := localtest.Ask(f.t, f.client, status, method, path, body, "")
	var answer struct{ Data map[string]any }
	if status < 300 && len(text) > 0 {
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			f.t.Fatalf("%v in %s", err, text)
		}
	}
	return answer.Data
}

// head is the unique keys of the head.
func (f *folder) head() string {
	f.t.Helper()
	return keysOf(f.want(200, "GET", "/head", ""))
}

func keysOf(answer map[string]any) string {
	items, _ := answer["items"].([]any)
	var keys []string
	for _, item := range items {
		object, _ := item.(map[string]any)
		keys = append(keys, fmt.Sprint(object["uniqueKey"]))
	}
	return strings.Join(keys, " ")
}

func request(key string, more ...string) string {
	return `{"url":"https://a.example/","uniqueKey":"` + key + `"` + strings.Join(more, "") + `}`
}

func idOf(key string) string { return requestfile.IDOf(key).String() }

const handled = `,"handledAt":"2026-01-01T00:00:00.000Z"`

const metadata = `{"id":"Abcdefgh123456789","name":null,"accessedAt":"2020-01-02T03:04:05.678Z","createdAt":"2020-01-02T03:04:05.678Z","modifiedAt":"2020-01-02T03:04:05.678Z"}`
