//go:build linux

package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// What is acknowledged survives a power cut only if the system is told so in the
// right order: contents are on the disk before they get their names, and the
// folders of those names before the client has an answer.
func TestOrderOfSystemCalls(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("SKIPPED: strace is not installed")
	}
	s := newServed(t)
	trace := filepath.Join(t.TempDir(), "trace")
	if output, err := exec.CommandContext(t.Context(), strace, "-o", trace, "true").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: nothing can be traced here: %s", output)
	}
	s.tracer = []string{strace, "-f", "-y", "-s", "64", "-o", trace, "-e", "trace=write,fsync,fdatasync,syncfs,rename,renameat,renameat2,linkat"}
	s.start()
	group := s.Running.Process.Pid
	t.Cleanup(func() { _ = syscall.Kill(-group, syscall.SIGKILL) }) // unless all have ended
	changes := 0
	change := func(method, path, contentType, body string, want int) {
		t.Helper()
		changes++
		status, answer, err := s.askWith(method, path, contentType, strings.NewReader(body))
		if err != nil || status != want {
			t.Fatalf("%s %s: %d %s, %v", method, path, status, answer, err)
		}
	}
	for _, collection := range []string{"datasets", "key-value-stores", "request-queues"} {
		s.create(collection)
	}
	python := filepath.Join(s.dir, "key_value_stores", "python")
	writeNew(t, filepath.Join(python, "__metadata__.json"), `{"id":"Abcdefgh123456789","name":"python","created_at":"2026-01-02 03:04:05.678901+00:00"}`)
	const store = "/key-value-stores/~shared/records/"
	change(http.MethodPut, store+"json", "application/json; charset=utf-8", "{}", 201)
	change(http.MethodPut, store+"json", "text/plain; charset=utf-8", "another ending", 201)
	change(http.MethodPut, store+"odd", "application/x-odd", "with a note", 201)
	change(http.MethodPut, store+strings.Repeat("k", 256), "text/plain", "hidden", 201)
	change(http.MethodPut, store+"large", "text/plain", strings.Repeat("large ", 100_000), 201)
	change(http.MethodPut, "/key-value-stores/~python/records/key", "text/plain", "with metadata", 201)
	change(http.MethodDelete, store+"json", "", "", 204)
	change(http.MethodPost, "/datasets/~shared/items", "application/json", `{"n":1}`, 201)
	change(http.MethodPost, "/datasets/~shared/items", "application/json", `[{"n":2},{"n":3},{"n":4}]`, 201)
	change(http.MethodPost, "/request-queues/~shared/requests", "application/json", `{"url":"https://example.com","uniqueKey":"u"}`, 201)
	if err := syscall.Kill(-s.Running.Process.Pid, syscall.SIGINT); err != nil { // strace lets the program end first
		t.Fatal(err)
	}
	_ = s.Running.Wait() // strace ends as the program does
	s.Running = nil
	file, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it was read
	o := newOrder(s.dir)
	answers, names := o.check(bufio.NewScanner(file))
	for _, fault := range o.faults {
		t.Error(fault)
	}
	t.Logf("%d answers to changes, %d names given", answers, names)
	if answers < changes || names < changes-1 { // one deletes
		t.Errorf("%d changes, but %d answers and %d names are in the trace", changes, answers, names)
	}
}

func writeNew(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// order is what is known of files at a place of a trace.
type order struct {
	dir     string
	faults  []string
	dirty   map[string]bool   // files whose contents are not on the disk
	pending map[string]string // new names that are not on the disk, and their folders
	running map[string]string // calls that have begun, by process
}

func newOrder(dir string) *order {
	return &order{dir: dir, dirty: map[string]bool{}, pending: map[string]string{}, running: map[string]string{}}
}

var (
	written   = regexp.MustCompile(`^write\(\d+<(/[^>]*)>`)
	answered  = regexp.MustCompile(`^write\(\d+<(?:socket|TCP)[^>]*>, "HTTP/1.1 20[14]`)
	fileSync  = regexp.MustCompile(`^f(?:data)?sync\(\d+<([^>]*)>`)
	wholeSync = regexp.MustCompile(`^syncfs\(`)
	renamed   = regexp.MustCompile(`^(?:renameat2?|linkat)\(\d+<([^>]*)>, "([^"]*)", \d+<([^>]*)>, "([^"]*)"`)
)

// check reads a trace. Calls count when they have ended, answers when they begin.
func (o *order) check(lines *bufio.Scanner) (answers, names int) {
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		process, call, _ := strings.Cut(lines.Text(), " ")
		call = strings.TrimSpace(call)
		if answered.MatchString(call) {
			answers++
			for name, folder := range o.pending {
				o.faults = append(o.faults, fmt.Sprintf("answered before the folder %s was synced, which has the new name %s", folder, name))
			}
			clear(o.pending)
			continue
		}
		if begun, ok := strings.CutSuffix(call, "<unfinished ...>"); ok {
			o.running[process] = begun
			if m := renamed.FindStringSubmatch(begun); m != nil {
				names += o.named(m) // its content must be there before it begins
			}
			continue
		}
		resumed := false
		if _, rest, ok := strings.Cut(call, " resumed>"); ok && strings.HasPrefix(call, "<... ") {
			call, resumed = o.running[process]+rest, true
		}
		if strings.Contains(call, " = -1 ") {
			continue
		}
		names += o.ended(call, resumed)
	}
	return answers, names
}

func (o *order) ended(call string, resumed bool) (names int) {
	if m := written.FindStringSubmatch(call); m != nil {
		o.dirty[m[1]] = true
	} else if m := fileSync.FindStringSubmatch(call); m != nil {
		delete(o.dirty, m[1])
		for name, folder := range o.pending {
			if folder == m[1] {
				delete(o.pending, name)
			}
		}
	} else if wholeSync.MatchString(call) {
		clear(o.dirty)
		clear(o.pending)
	} else if m := renamed.FindStringSubmatch(call); m != nil && !resumed {
		return o.named(m)
	}
	return 0
}

// named notes that a file gets its name.
func (o *order) named(m []string) int {
	from, folder, name := filepath.Join(m[1], m[2]), m[3], m[4]
	to := filepath.Join(folder, name)
	folder = filepath.Dir(to)
	if !strings.HasPrefix(to, o.dir) || strings.HasPrefix(to, filepath.Join(o.dir, ".apifyctl", "tmp")) {
		return 0
	}
	if strings.HasSuffix(to, ".index") { // it has a checksum, and is made anew where it is lost
		return 0
	}
	if o.dirty[from] {
		o.faults = append(o.faults, to+" got its name before its content was on the disk")
	}
	o.pending[to] = folder
	return 1
}

// The order is really looked at.
func TestWrongOrderIsSeen(t *testing.T) {
	const (
		write  = `1 write(3</d/.apifyctl/tmp/a>, "x", 1) = 1`
		sync   = `1 fsync(3</d/.apifyctl/tmp/a>) = 0`
		all    = `1 syncfs(3</d/.apifyctl/tmp>) = 0`
		name   = `1 renameat2(4</d/.apifyctl/tmp>, "a", 5</d/datasets/x>, "1.json", 0) = 0`
		folder = `1 fsync(5</d/datasets/x>) = 0`
		answer = `2 write(9<socket:[1]>, "HTTP/1.1 201 Created", 20) = 20`
	)
	for name, c := range map[string]struct {
		calls []string
		want  int
	}{
		"right":                      {[]string{write, sync, name, folder, answer}, 0},
		"all of the disk":            {[]string{write, all, name, folder, answer}, 0},
		"content not synced":         {[]string{write, name, folder, answer}, 1},
		"content synced too late":    {[]string{write, name, sync, folder, answer}, 1},
		"folder not synced":          {[]string{write, sync, name, answer}, 1},
		"folder synced too early":    {[]string{write, sync, folder, name, answer}, 1},
		"folder synced too late":     {[]string{write, sync, name, answer, folder}, 1},
		"answered during the sync":   {[]string{write, sync, name, "1 fsync(5</d/datasets/x> <unfinished ...>", answer, "1 <... fsync resumed>) = 0"}, 1},
		"answered after a long sync": {[]string{write, sync, name, "1 fsync(5</d/datasets/x> <unfinished ...>", "1 <... fsync resumed>) = 0", answer}, 0},
		"sync that failed":           {[]string{write, `1 fsync(3</d/.apifyctl/tmp/a>) = -1 EIO`, name, folder, answer}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOrder("/d")
			o.check(bufio.NewScanner(strings.NewReader(strings.Join(c.calls, "\n"))))
			if len(o.faults) != c.want {
				t.Errorf("%d faults, want %d: %q", len(o.faults), c.want, o.faults)
			}
		})
	}
}
