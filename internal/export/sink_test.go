package export

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/sink"
)

// left are the names in a folder: no test may leave litter.
func left(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return strings.Join(names, " ")
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func create(t *testing.T, path string) *sink.File {
	t.Helper()
	f, err := sink.CreateFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestDevices(t *testing.T) {
	for path, full := range map[string]bool{"/dev/null": false, "/dev/full": true} {
		if _, err := os.Stat(path); err != nil {
			t.Logf("SKIPPED: no %s here", path)
			continue
		}
		for _, f := range Formats() {
			_, err := Run(t.Context(), PagesOf(pagesOf(`[{"id":1}]`)), f, Options{}, create(t, path))
			if full != (err != nil) {
				t.Errorf("%s to %s: %v", f.Name, path, err)
			}
			if full && !strings.Contains(err.Error(), "write /dev/full: no space left on device") {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
}

// failingFile is a File whose disk is full after some bytes.
type failingFile struct {
	*sink.File
	room int
}

var errFull = errors.New("no space left on device")

func (f *failingFile) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return f.File.Write(p)
}

func TestFullDiskAtEveryByte(t *testing.T) {
	if testing.Short() {
		t.Skip("TestRunAborts ends early, too")
	}
	few := os.Getenv("APIFYCTL_SLOW_TESTS") == ""
	for _, format := range Formats() {
		const page = `[{"id":1,"a":{"b":"x y"}},{"id":"two","c":[1,2]}]`
		whole, err := export(t, pagesOf(page, page), format.Name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "f")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		for room := range len(whole) {
			// What is in a ZIP or in pages of columns is written in few pieces.
			if few && len(whole) > 1000 && room%31 != 0 && room < len(whole)-100 {
				continue
			}
			to := &failingFile{create(t, path), room}
			if _, err := Run(t.Context(), PagesOf(pagesOf(page, page)), format, Options{}, to); !errors.Is(err, errFull) {
				t.Fatalf("%s, room for %d of %d bytes: %v", format.Name, room, len(whole), err)
			}
			if read(t, path) != "old" || left(t, dir) != "f" {
				t.Fatalf("%s, room for %d bytes: left %s", format.Name, room, left(t, dir))
			}
		}
		if _, err := Run(t.Context(), PagesOf(pagesOf(page, page)), format, Options{}, &failingFile{create(t, path), len(whole)}); err != nil || read(t, path) != whole {
			t.Errorf("%s with room for all: %v", format.Name, err)
		}
	}
}

// A write that fails ends an export of any format, wherever it is, and so does a
// second pass that fails.
func TestRunTellsThatAWriteFailed(t *testing.T) {
	pages := func() iter.Seq2[[]byte, error] { return pagesOf(`[{"id":1,"a":"x"},{"id":2}]`, `[{"id":3,"b":"y"}]`) }
	for _, format := range Formats() {
		for _, o := range []Options{{}, {Fields: []string{"id", "a"}}, {BOM: new(true)}, {Terminal: true}} {
			if format.Binary && o.Terminal {
				continue
			}
			whole := &failingWriter{left: -1}
			if _, err := Run(t.Context(), PagesOf(pages()), format, o, sink.Stream(whole)); err != nil {
				t.Fatal(err)
			}
			for writes := range whole.writes {
				failing := &failingWriter{left: writes}
				summary, err := Run(t.Context(), PagesOf(pages()), format, o, sink.Stream(failing))
				if !errors.Is(err, errFull) || failing.writes > writes+1 || summary.Bytes != failing.bytes {
					t.Errorf("%s %+v, after %d of %d writes: %v, %d writes, %d bytes said to be written, not %d", format.Name, o, writes, whole.writes, err, failing.writes, summary.Bytes, failing.bytes)
				}
			}
		}
	}
}

// failingWriter fails after some writes.
type failingWriter struct {
	left   int // negative: it does not
	writes int
	bytes  int64
}

func (w *failingWriter) Write(p []byte) (int, error) {
	w.writes++
	if w.left == 0 {
		return 0, errFull
	}
	w.left--
	w.bytes += int64(len(p))
	return len(p), nil
}

func TestRunAborts(t *testing.T) {
	errSource := errors.New("the server died")
	for name, tc := range map[string]struct {
		pages func(cancel func()) iter.Seq2[[]byte, error]
		want  error
	}{
		"failing pages": {func(func()) iter.Seq2[[]byte, error] {
			return func(yield func([]byte, error) bool) {
				_ = yield([]byte(`[{"id":1}]`), nil) && yield(nil, errSource)
			}
		}, errSource},
		"cancelled between pages": {func(cancel func()) iter.Seq2[[]byte, error] {
			return func(yield func([]byte, error) bool) {
				for yield([]byte(`[{"id":1}]`), nil) {
					cancel()
				}
			}
		}, context.Canceled},
		"cancelled at the end": {func(cancel func()) iter.Seq2[[]byte, error] {
			return func(yield func([]byte, error) bool) {
				yield([]byte(`[{"id":1}]`), nil)
				cancel()
			}
		}, context.Canceled},
	} {
		for _, format := range Formats() {
			ctx, cancel := context.WithCancel(t.Context())
			dir := t.TempDir()
			_, err := Run(ctx, PagesOf(tc.pages(cancel)), format, Options{SpoolDir: dir}, create(t, filepath.Join(dir, "f")))
			if !errors.Is(err, tc.want) || left(t, dir) != "" {
				t.Errorf("%s, %s: %v, left %q", name, format.Name, err, left(t, dir))
			}
			cancel()
		}
	}
}

// A page shows as soon as it was encoded, in the formats that need no more.
func TestStreamShowsEachPage(t *testing.T) {
	for _, format := range []string{"json", "jsonl", "xml", "rss", "yaml", "id"} {
		shown := make(shownWriter, 100)
		pages := func(yield func([]byte, error) bool) {
			for range 3 {
				if !yield([]byte(`[{"id":1}]`), nil) {
					return
				}
				shown.wait(t, "1") // no page comes before the last was written
			}
		}
		if _, err := Run(t.Context(), PagesOf(pages), mustFormat(t, format), Options{}, sink.Stream(shown)); err != nil {
			t.Fatal(err)
		}
	}
}

type shownWriter chan string

func (w shownWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

func (w shownWriter) wait(t *testing.T, text string) {
	for {
		select {
		case shown := <-w:
			if strings.Contains(shown, text) {
				return
			}
		case <-t.Context().Done():
			return
		}
	}
}
