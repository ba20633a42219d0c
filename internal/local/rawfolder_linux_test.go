package local

import (
	"os"
	"path/filepath"
	"testing"
)

// A file is used again only if nobody can tell.
func TestRewrittenFiles(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := openRaw(root, ".")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if folder.close() != nil || root.Close() != nil {
			t.Error("not closed")
		}
	}()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"free", "read", "linked"} {
		if err := folder.write(name, []byte("a longer text"), false); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := os.Open(path("read"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path("linked"), path("backup")); err != nil {
		t.Skip("SKIPPED: no hard links here:", err)
	}
	if err := os.Symlink(path("free"), path("symbolic")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"read", "linked", "symbolic", "missing"} {
		if folder.rewrite(name, []byte("new")) {
			t.Errorf("%s was written", name)
		}
	}
	for _, name := range []string{"free", "read", "backup"} {
		if text, err := os.ReadFile(path(name)); err != nil || string(text) != "a longer text" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"new", "", "a much longer text than before"} {
		for _, name := range []string{"free", "read"} {
			if !folder.rewrite(name, []byte(text)) {
				t.Skip("SKIPPED: no leases on this file system")
			}
			if got, err := os.ReadFile(path(name)); err != nil || string(got) != text {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
}
