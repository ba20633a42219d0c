package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func open(t *testing.T) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root, dir
}

func want(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(files) {
		t.Errorf("there are %v, want %v (%v)", entries, files, err)
	}
	for name, content := range files {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != content {
			t.Errorf("%s is %q, want %q (%v)", name, text, content, err)
		}
	}
}

// A file has its old content or its new one, and nothing is left beside it.
func TestReplace(t *testing.T) {
	root, dir := open(t)
	for _, text := range []string{"old", "new"} {
		if err := Replace(root, Hidden(), "file", 0o600, []byte(text)); err != nil {
			t.Fatal(err)
		}
		want(t, dir, map[string]string{"file": text})
	}
	if info, err := root.Stat("file"); err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("%v, %v", info, err)
	}
	full := errors.New("the disk is full")
	err := ReplaceWith(root, Hidden(), "file", 0o600, func(w io.Writer) error {
		_, err := io.WriteString(w, "half")
		return errors.Join(err, full)
	})
	if !errors.Is(err, full) {
		t.Errorf("a failure is %v", err)
	}
	want(t, dir, map[string]string{"file": "new"})
	if err := root.Mkdir("folder", 0o777); err != nil {
		t.Fatal(err)
	}
	if err := Replace(root, Hidden(), "folder", 0o600, []byte("x")); err == nil {
		t.Error("a folder is replaced by a file")
	}
	if err := root.Remove("folder"); err != nil {
		t.Fatal(err)
	}
	want(t, dir, map[string]string{"file": "new"})
}

func TestCreate(t *testing.T) {
	root, dir := open(t)
	if err := Create(root, "file", []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := Create(root, "file", []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that is taken is %v", err)
	}
	want(t, dir, map[string]string{"file": "first"})
}

// What is no plain file is neither read nor waited for.
func TestIrregular(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege here")
	}
	root, dir := open(t)
	outside := filepath.Join(t.TempDir(), "precious")
	for _, err := range []error{
		os.WriteFile(outside, []byte("x"), 0o600), os.Symlink(outside, filepath.Join(dir, "link")),
		os.Symlink(filepath.Dir(outside), filepath.Join(dir, "folder")), os.Mkdir(filepath.Join(dir, "real"), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, err := range map[string]error{
		"a link":              second(ReadSmall(root, "link")),
		"a folder":            second(ReadSmall(root, "real")),
		"a state that is one": ReadState(root, "link", new(any)),
		"behind a link":       ReadState(root, "folder/precious", new(any)),
		"a folder behind one": second(OpenPlainFolder(root, "folder")),
		"a lock":              second(OpenLock(root, "link")),
		"to be made":          MakePlain(root, "folder/new"),
	} {
		if _, ok := errors.AsType[*IrregularError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A state file is believed only as it was written; broken ones are kept apart.
func TestState(t *testing.T) {
	root, _ := open(t)
	content, err := EncodeState(map[string]int{"n": 1})
	if err != nil {
		t.Fatal(err)
	}
	for at := range content {
		for _, changed := range [][]byte{content[:at], append(append([]byte{}, content[:at]...), append([]byte{content[at] ^ 4}, content[at+1:]...)...)} {
			if err := root.WriteFile("state", changed, 0o600); err != nil {
				t.Fatal(err)
			}
			var read map[string]int
			err := ReadState(root, "state", &read)
			if _, broken := errors.AsType[*BrokenError](err); !broken && (err != nil || len(read) != 1 || read["n"] != 1) {
				t.Errorf("%q is %v, %v", changed, read, err)
			}
		}
	}
	for n, name := range []string{"state.broken1", "state.broken2"} {
		if err := root.WriteFile("state", []byte{byte(n)}, 0o600); err != nil {
			t.Fatal(err)
		}
		if aside, err := SetAside(root, "state"); err != nil || aside != name {
			t.Errorf("set aside as %s, want %s (%v)", aside, name, err)
		}
	}
	if err := ReadState(root, "state", new(any)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file is %v", err)
	}
}

func TestLock(t *testing.T) {
	root, _ := open(t)
	locks := make([]*Lock, 2)
	for i := range locks {
		var err error
		if locks[i], err = OpenLock(root, "lock"); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := locks[0].Try(false); !got || err != nil {
		t.Fatalf("%t, %v", got, err)
	}
	if got, err := locks[1].Try(true); got || err != nil {
		t.Errorf("it is taken twice (%v)", err)
	}
	if err := locks[0].Close(); err != nil {
		t.Fatal(err)
	}
	if err := locks[1].Take(true); err != nil {
		t.Error(err)
	}
	if err := locks[1].Close(); err != nil {
		t.Error(err)
	}
}
