package sink

import (
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
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

func create(t *testing.T, path string) *File {
	t.Helper()
	f, err := CreateFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func TestFileAppearsOnCommit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	f := create(t, path)
	write(t, f, "new")
	if names := left(t, dir); f.unnamed && names != "" || !f.unnamed && !strings.HasPrefix(names, ".apifyctl-") || strings.Contains(names, "a.csv") {
		t.Errorf("before Commit: %s", names)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := f.Abort(); err != nil {
		t.Errorf("Abort after Commit: %v", err)
	}
	if err := f.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("second Commit: %v", err)
	}
	if read(t, path) != "new" || left(t, dir) != "a.csv" {
		t.Errorf("%q in %s", read(t, path), left(t, dir))
	}
}

func TestAbortLeavesTheOldFile(t *testing.T) {
	for _, name := range []string{"a.csv", "a.csv.gz", "a.csv.zst"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		f := create(t, path)
		write(t, f, strings.Repeat("new", 1<<20))
		if err := errors.Join(f.Abort(), f.Abort()); err != nil {
			t.Error(err)
		}
		if read(t, path) != "old" || left(t, dir) != name {
			t.Errorf("%s: %s", name, left(t, dir))
		}
	}
}

func TestFileIsCompressed(t *testing.T) {
	text := strings.Repeat("some text that shrinks\n", 100_000)
	for ending, open := range map[string]func(io.Reader) (io.Reader, error){
		".gz":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		".ZST": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	} {
		path := filepath.Join(t.TempDir(), "a.jsonl"+ending)
		f, err := Pack(create(t, path), path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, f, text)
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		raw := read(t, path)
		r, err := open(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != text || len(raw) > len(text)/10 {
			t.Errorf("%s: %d of %d bytes, %v, from %d", ending, len(got), len(text), err, len(raw))
		}
	}
}

func TestFileModeAndLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes and links are different here")
	}
	dir := t.TempDir()
	target := filepath.Join(dir, "target.csv")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(target, 0o666); err != nil {
		t.Fatal(err)
	}
	link, second := filepath.Join(dir, "link.csv"), filepath.Join(dir, "second.csv")
	if err := errors.Join(os.Symlink("target.csv", link), os.Symlink(link, second)); err != nil {
		t.Fatal(err)
	}
	f := create(t, second)
	write(t, f, "new")
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(target)
	if err != nil || info.Mode() != 0o666 || read(t, target) != "new" {
		t.Errorf("target: %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	dangling := filepath.Join(dir, "dangling.csv")
	if err := os.Symlink("made.csv", dangling); err != nil {
		t.Fatal(err)
	}
	if err := create(t, dangling).Commit(); err != nil || read(t, filepath.Join(dir, "made.csv")) != "" {
		t.Error(err)
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink("loop", loop); err != nil {
		t.Fatal(err)
	}
	if _, err := CreateFile(loop); err == nil {
		t.Error("a loop of links was opened")
	}
}

func TestFileCannotBeCreated(t *testing.T) {
	dir := t.TempDir()
	if _, err := CreateFile(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
	missing := filepath.Join(dir, "missing", "a.csv")
	if _, err := CreateFile(missing); !errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), ".tmp") {
		t.Errorf("a missing folder: %v", err)
	}
	if left(t, dir) != "" {
		t.Errorf("left: %s", left(t, dir))
	}
}

// Where the shell has redirected stdout to is the shell's file.
func TestDescriptorIsNotReplaced(t *testing.T) {
	behind, err := os.OpenFile(filepath.Join(t.TempDir(), "log"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = behind.Close() })
	write(t, behind, "before ")
	path := "/dev/fd/" + strconv.Itoa(int(behind.Fd()))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: no %s here", path)
	}
	f := create(t, path)
	write(t, f, "after")
	if err := f.Commit(); err != nil || read(t, behind.Name()) != "before after" {
		t.Errorf("%v: %q", err, read(t, behind.Name()))
	}
}

// What another program has open, as Excel does on Windows, stays as it is; the new
// file is kept beside it, whole.
func TestFileInUseKeepsTheNewOneBeside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	for name, text := range map[string]string{"a.csv": "old", "a.new1.csv": "somebody's"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := CreateFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f.replace = func(temporary, to string) error {
		if to == path {
			return &os.LinkError{Op: "rename", Old: temporary, New: to, Err: errHeld}
		}
		return os.Rename(temporary, to)
	}
	write(t, f, "new")
	held, ok := errors.AsType[*InUseError](f.Commit())
	if !ok || held.Path != path || held.Kept != filepath.Join(dir, "a.new2.csv") {
		t.Fatalf("Commit says %v", held)
	}
	if read(t, path) != "old" || read(t, held.Kept) != "new" || left(t, dir) != "a.csv a.new1.csv a.new2.csv" {
		t.Errorf("left are %s", left(t, dir))
	}
	if err := f.Abort(); err != nil {
		t.Errorf("Abort after that: %v", err)
	}
}
