package directory

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestCacheHoldsSoMuch(t *testing.T) {
	c := NewCache[string, int](2)
	c.Put("a", 1)
	c.Put("b", 2)
	if known := c.All(); len(known) != 2 {
		t.Errorf("of two values are known %v", known)
	}
	c.Put("c", 3)
	if known := c.All(); len(known) != 1 || known["c"] != 3 {
		t.Errorf("of one value more than it holds are known %v, want the last", known)
	}
}

// A small file is decoded once, and again when it has become another.
func TestFilesAreDecodedOnce(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close() //nolint:errcheck // it was opened to look at it
	files := fileCache[string]{NewCache[string, cachedFile[string]](10)}
	past, decoded := time.Now().Add(-time.Hour), 0
	write := func(text string, at time.Time) {
		t.Helper()
		path := filepath.Join(root.Name(), "file")
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	read := func(want string, times int) {
		t.Helper()
		got, err := files.read(root, "file", func(value *string) error {
			decoded++
			text, err := root.ReadFile("file")
			*value = string(text)
			return err
		})
		if err != nil || got != want || decoded != times {
			t.Errorf("%q after it was decoded %d times, want %q after %d: %v", got, decoded, want, times, err)
		}
	}
	write("one", past)
	read("one", 1)
	read("one", 1)
	write("other", past)
	read("other", 2)
	write("again", past.Add(time.Minute))
	read("again", 3)
	read("again", 3)
	write("fresh", time.Now()) // whose time may not tell of another change
	read("fresh", 4)
	read("fresh", 5)
	broken := errors.New("broken")
	if _, err := files.read(root, "file", func(*string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("a file that cannot be decoded: %v", err)
	}
}
