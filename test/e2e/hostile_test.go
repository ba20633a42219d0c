//go:build linux

package e2e

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A directory that came from somebody else, with everything in it that is no
// file. Every command that reads ends, leaves everything as it is, leads nowhere
// else, and says what it leaves out.
func TestReadingAHostileDirectory(t *testing.T) {
	s := newServed(t)
	outside := filepath.Join(t.TempDir(), "outside")
	writeHostile(t, outside, "outside")
	hostileDirectory(t, s.dir, outside)
	before := treeOf(t, s.dir)
	for name, command := range map[string]struct {
		arguments []string
		says      []string // on stderr
		shows     []string // on stdout
	}{
		"list datasets": {[]string{"datasets", "list"}, nil, []string{"default"}},
		"list stores":   {[]string{"kvs", "list"}, nil, []string{"default"}},
		"list queues":   {[]string{"queues", "list"}, nil, []string{"default"}},
		"dataset":       {[]string{"datasets", "get", "default"}, nil, nil},
		"items":         {[]string{"datasets", "items", "default", "-f", "json"}, nil, []string{`"n":1`}},
		"export":        {[]string{"datasets", "export", "default", "-f", "jsonl"}, nil, []string{`"n":1`}},
		"store":         {[]string{"kvs", "get", "default"}, nil, nil},
		"keys": {
			[]string{"kvs", "keys", "default"},
			[]string{"pipe.txt", "link.txt", "folder", "socket.bin", "old.txt"},
			[]string{"bad%FF", "INPUT", "a/b"},
		},
		"record of a name that is no UTF-8": {[]string{"kvs", "get", "default", "bad%FF"}, nil, []string{"not UTF-8"}},
		"record of a key that is not valid": {[]string{"kvs", "get", "default", "a/b"}, nil, []string{"slash"}},
		"pipe":                              {[]string{"kvs", "get", "default", "pipe"}, []string{"named pipe"}, nil},
		"link":                              {[]string{"kvs", "get", "default", "link"}, []string{"a link"}, nil},
		"export of records": {
			[]string{"kvs", "export", "default", "-o", filepath.Join(t.TempDir(), "out.zip")},
			[]string{"pipe.txt", "link.txt", "folder", "socket.bin", "old.txt"},
			nil,
		},
		"queue":             {[]string{"queues", "get", "default"}, nil, nil},
		"requests":          {[]string{"queues", "requests", "default"}, nil, []string{"https://example.com/good"}},
		"head":              {[]string{"queues", "head", "default"}, nil, []string{"https://example.com/good"}},
		"requests exported": {[]string{"queues", "export", "default", "-f", "jsonl"}, nil, []string{"https://example.com/good"}},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr := runToTheEnd(t, s, command.arguments...)
			for _, want := range command.says {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q does not tell of %q", stderr, want)
				}
			}
			for _, want := range command.shows {
				if !strings.Contains(stdout, want) {
					t.Errorf("%q does not show %q; %s", stdout, want, stderr)
				}
			}
			if strings.Contains(stdout, "outside") {
				t.Errorf("it has read a file outside: %s", stdout)
			}
		})
	}
	if after := treeOf(t, s.dir); !slices.Equal(before, after) {
		t.Errorf("reading has changed the directory:\n%q\n%q", before, after)
	}
	if text, err := os.ReadFile(outside); err != nil || string(text) != "outside" {
		t.Errorf("the file outside: %q, %v", text, err)
	}
}

// runToTheEnd runs a command, which must end by itself. How it ends does not
// matter.
func runToTheEnd(t *testing.T, s *served, arguments ...string) (stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := s.program(arguments...)
	bounded := exec.CommandContext(ctx, command.Path, command.Args[1:]...)
	bounded.Env = command.Env
	var out, told strings.Builder
	bounded.Stdout, bounded.Stderr = &out, &told
	err := bounded.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended || ctx.Err() != nil {
		t.Errorf("%q: %v", arguments, err)
	}
	return out.String(), told.String()
}

func writeHostile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func hostileDirectory(t *testing.T, dir, outside string) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	store := filepath.Join(dir, "key_value_stores", "default")
	dataset := filepath.Join(dir, "datasets", "default")
	queue := filepath.Join(dir, "request_queues", "default")
	writeHostile(t, filepath.Join(store, "INPUT.json"), "{}")
	writeHostile(t, filepath.Join(store, "bad\xff.txt"), "not UTF-8")
	writeHostile(t, filepath.Join(store, "old.txt"), "old")
	writeHostile(t, filepath.Join(store, "old.json"), "{}")
	earlier := time.Now().Add(-time.Hour)
	check(os.Chtimes(filepath.Join(store, "old.txt"), earlier, earlier))
	writeHostile(t, filepath.Join(store, "esc\x1b[31m.txt"), "colour")
	writeHostile(t, filepath.Join(dataset, "000000001.json"), `{"n":1}`)
	writeHostile(t, filepath.Join(queue, "goodgoodgood123.json"), `{"id":"goodgoodgood123","json":"{\"id\":\"goodgoodgood123\",\"url\":\"https://example.com/good\",\"uniqueKey\":\"good\",\"method\":\"GET\",\"retryCount\":0}","method":"GET","orderNo":1700000000000,"retryCount":0,"uniqueKey":"good","url":"https://example.com/good"}`)
	for folder, ending := range map[string]string{store: ".txt", dataset: ".json", queue: ".json"} {
		check(syscall.Mkfifo(filepath.Join(folder, "pipe"+ending), 0o600))
		check(os.Symlink(outside, filepath.Join(folder, "link"+ending)))
		check(os.Symlink("loop"+ending, filepath.Join(folder, "loop"+ending)))
		check(os.Mkdir(filepath.Join(folder, "folder"), 0o700))
	}
	check(syscall.Mkfifo(filepath.Join(store, "x.__metadata__.json"), 0o600))
	check(syscall.Mkfifo(filepath.Join(dataset, "000000002.json"), 0o600))
	check(syscall.Mkfifo(filepath.Join(queue, "pipepipepipe123.json"), 0o600))
	var listening net.ListenConfig
	socket, err := listening.Listen(t.Context(), "unix", "@") // the name is too long for a path
	check(err)
	check(socket.Close())
	t.Chdir(store)
	socket, err = listening.Listen(t.Context(), "unix", "socket.bin")
	check(err)
	t.Cleanup(func() { _ = socket.Close() })
	for _, kind := range []string{"key_value_stores", "datasets", "request_queues"} {
		check(os.Symlink(filepath.Dir(outside), filepath.Join(dir, kind, "elsewhere")))
		check(syscall.Mkfifo(filepath.Join(dir, kind, "fifo"), 0o600))
		withPipe := filepath.Join(dir, kind, "pipe-for-metadata")
		check(os.Mkdir(withPipe, 0o700))
		check(syscall.Mkfifo(filepath.Join(withPipe, "__metadata__.json"), 0o600))
	}
	// Python's layout, where names are percent-encoded.
	python := filepath.Join(dir, "key_value_stores", "python")
	writeHostile(t, filepath.Join(python, "__metadata__.json"), `{"id":"Abcdefgh123456789","name":"python","created_at":"2026-01-02 03:04:05.678901+00:00"}`)
	writeHostile(t, filepath.Join(store, "a%2Fb"), "slash")
	writeHostile(t, filepath.Join(store, "a%2Fb.__metadata__.json"), `{"key":"a/b","content_type":"text/plain","size":5}`)
	// What is kept beside the storages leads elsewhere.
	private := filepath.Join(dir, ".apifyctl")
	check(os.MkdirAll(private, 0o700))
	for _, name := range []string{"limits.json", "records", "users", "runs", "signing-key"} {
		check(os.Symlink(outside, filepath.Join(private, name)))
	}
	for _, kind := range []string{"key_value_stores", "datasets", "request_queues"} {
		check(os.Mkdir(filepath.Join(private, kind), 0o700))
		check(syscall.Mkfifo(filepath.Join(private, kind, "default.json"), 0o600))
	}
}

// treeOf is every path below dir with its kind, size and time.
func treeOf(t *testing.T, dir string) (tree []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		tree = append(tree, strings.Join([]string{path, info.Mode().String(), info.ModTime().String()}, " "))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
