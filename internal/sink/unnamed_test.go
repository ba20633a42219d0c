package sink

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// needUnnamed skips where files always have names.
func needUnnamed(t *testing.T, dir string) {
	t.Helper()
	file := createUnnamed(dir, 0o600)
	if file == nil {
		t.Skip("SKIPPED: files cannot be without a name here")
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

const killedVariable = "APIFYCTL_TEST_WRITE_UNTIL_KILLED"

// What is killed while it writes leaves nothing, and what stood there before.
func TestKilledLeavesNothing(t *testing.T) {
	if path := os.Getenv(killedVariable); path != "" {
		f := create(t, path)
		for {
			write(t, f, strings.Repeat("some text\n", 100_000))
			write(t, os.Stdout, "written\n")
		}
	}
	dir := t.TempDir()
	needUnnamed(t, dir)
	before := filepath.Join(dir, "old.csv.gz")
	if err := os.WriteFile(before, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		path := before
		if i%2 == 0 {
			path = filepath.Join(dir, "new.csv")
		}
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKilledLeavesNothing$")
		command.Env = append(os.Environ(), killedVariable+"="+path)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for written := 0; written <= i%3 && lines.Scan(); {
			if lines.Text() == "written" {
				written++
			}
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, out); err != nil {
			t.Fatal(err)
		}
		if err := command.Wait(); err == nil {
			t.Fatal("it ended by itself")
		}
		if names := left(t, dir); names != "old.csv.gz" || read(t, before) != "old" {
			t.Fatalf("left: %s", names)
		}
	}
}

// Where a link is forbidden, the content is copied.
func TestUnnamedFileIsCopied(t *testing.T) {
	dir := t.TempDir()
	needUnnamed(t, dir)
	path := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o664); err != nil {
		t.Fatal(err)
	}
	f := create(t, path)
	text := strings.Repeat("new", 1<<20)
	write(t, f, text)
	if err := f.finish(); err != nil {
		t.Fatal(err)
	}
	if err := f.copy(); err != nil {
		t.Fatal(err)
	}
	f.unnamed = false
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o664 || read(t, path) != text || left(t, dir) != "a.csv" {
		t.Errorf("%v, %v, left %s", err, info.Mode(), left(t, dir))
	}
}

// What appears at the path in the meantime is replaced, as by a rename.
func TestUnnamedFileReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	f := create(t, path)
	write(t, f, "new")
	if err := os.WriteFile(path, []byte("in the meantime"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil || read(t, path) != "new" || left(t, dir) != "a.csv" {
		t.Errorf("%v, %q, left %s", err, read(t, path), left(t, dir))
	}
}
