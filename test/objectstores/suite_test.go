// Package objectstores holds the program against servers of objects as people run
// them.
package objectstores

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func all(t *testing.T, r io.ReadCloser) []byte {
	t.Helper()
	defer func() { _ = r.Close() }() // it was read
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// few is an object of one part, many one of several.
const few, many = 300, 20_000

// TestStores is the suite that every store passes.
func TestStores(t *testing.T) {
	tools(t)
	p := build(t)
	for name, open := range stores() {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			for _, test := range []struct {
				name string
				run  func(*testing.T, program, store)
			}{
				{"small", small},
				{"large", large},
				{"empty", empty},
				{"unseen before", unseen},
				{"fails", fails},
				{"interrupted", interrupted},
				{"killed and resumed", killed},
				{"no clobber", noClobber},
				{"plans", plans},
				{"unwritable", unwritable},
				{"compressed", compressed},
				{"left behind", leftBehind},
				{"sources", sources},
				{"records", records},
				{"dry run", dryRun},
				{"debug", debug},
			} {
				t.Run(test.name, func(t *testing.T) { test.run(t, p, s) })
			}
		})
	}
}

func stores() map[string]func(*testing.T) store {
	return map[string]func(*testing.T) store{
		"versitygw": versitygw, "moto": moto, "fake-gcs-server": fakeGCS, "azurite": azurite, "rclone": localRclone,
	}
}

func small(t *testing.T, p program, s store) {
	a := newAccount(t, few)
	p.on(t, a.URL, s.env...).run(0, "datasets", "export", datasetID, "-o", s.prefix+"small.jsonl")
	want := a.lines()
	described(t, s, "small.jsonl", want, few)
	none(t, s)
}

// described wants an object with what is said of it in its metadata.
func described(t *testing.T, s store, key, want string, items int) {
	t.Helper()
	body, metadata, _ := s.get(key)
	if string(body) != want {
		t.Errorf("%d bytes, want %d", len(body), len(want))
	}
	sum := sha256.Sum256([]byte(want))
	if metadata != nil && (metadata["apifyctl-items"] != strconv.Itoa(items) || metadata["apifyctl-sha256"] != hex.EncodeToString(sum[:])) {
		t.Errorf("metadata %v", metadata)
	}
}

func large(t *testing.T, p program, s store) {
	a := newAccount(t, many)
	p.on(t, a.URL, s.env...).run(0, "datasets", "export", datasetID, "-o", s.prefix+"deep/er/large.jsonl")
	described(t, s, "deep/er/large.jsonl", a.lines(), many)
	none(t, s)
}

func empty(t *testing.T, p program, s store) {
	a := newAccount(t, 0)
	p.on(t, a.URL, s.env...).run(0, "datasets", "export", datasetID, "-o", s.prefix+"empty.jsonl")
	if body, _, there := s.get("empty.jsonl"); !there || len(body) > 0 {
		t.Errorf("there: %v, %d bytes", there, len(body))
	}
}

// none wants no upload left.
func none(t *testing.T, s store) {
	t.Helper()
	if s.pending != nil && s.pending() != 0 {
		t.Errorf("%d uploads are left", s.pending())
	}
	if s.files != nil && strings.Contains(strings.Join(s.files(), " "), ".apifyctl-") {
		t.Errorf("left: %s", s.files())
	}
}

// absent wants no object.
func absent(t *testing.T, s store, key string) {
	t.Helper()
	if body, _, there := s.get(key); there {
		t.Errorf("%s is there, with %d bytes", key, len(body))
	}
}

func unseen(t *testing.T, p program, s store) {
	a := newAccount(t, many)
	let := a.hold(many - 2000)
	r := p.on(t, a.URL, s.env...).start("datasets", "export", datasetID, "-o", s.prefix+"unseen.jsonl")
	<-a.held
	absent(t, s, "unseen.jsonl")
	let()
	if code := r.end(); code != 0 {
		t.Fatalf("exit code %d: %s", code, r.stderr.String())
	}
	if body, _, _ := s.get("unseen.jsonl"); string(body) != a.lines() {
		t.Errorf("%d bytes", len(body))
	}
}

func fails(t *testing.T, p program, s store) {
	a := newAccount(t, many)
	a.fail(many - 2000)
	stderr := p.on(t, a.URL, s.env...).run(1, "datasets", "export", datasetID, "-o", s.prefix+"fails.jsonl")
	if !strings.Contains(stderr, "these items are lost") {
		t.Errorf("stderr: %s", stderr)
	}
	absent(t, s, "fails.jsonl")
	none(t, s)
}

func interrupted(t *testing.T, p program, s store) {
	a := newAccount(t, many)
	let := a.hold(many - 2000)
	defer let()
	r := p.on(t, a.URL, s.env...).start("datasets", "export", datasetID, "-o", s.prefix+"interrupted.jsonl")
	<-a.held
	if err := r.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := r.end(); code != 130 {
		t.Errorf("exit code %d: %s", code, r.stderr.String())
	}
	absent(t, s, "interrupted.jsonl")
	none(t, s)
}

func killed(t *testing.T, p program, s store) {
	a := newAccount(t, many)
	if s.weak {
		t.Skip("SKIPPED: killed on its own, rclone leaves a file with a temporary name")
	}
	on := p.on(t, a.URL, s.env...)
	export := []string{"datasets", "export", datasetID, "-o", s.prefix + "killed.jsonl"}
	kill := func(args ...string) {
		let := a.hold(many - 2000)
		defer let()
		r := on.start(args...)
		<-a.held
		if err := r.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if code := r.end(); code != -int(syscall.SIGKILL) {
			t.Fatalf("exit code %d: %s", code, r.stderr.String())
		}
		absent(t, s, "killed.jsonl")
	}
	kill(append(export, "--resume")...)
	stderr := on.run(0, append(export, "--resume")...)
	if !strings.Contains(stderr, "going on behind item") {
		t.Errorf("it began anew: %s", stderr)
	}
	if s.pending != nil && !strings.Contains(stderr, "going on with an upload of") {
		t.Errorf("the upload began anew: %s", stderr)
	}
	if body, _, _ := s.get("killed.jsonl"); string(body) != a.lines() {
		t.Errorf("%d bytes", len(body))
	}
	none(t, s)
}

func noClobber(t *testing.T, p program, s store) {
	a, b := newAccount(t, many), newAccount(t, many+1)
	let := a.hold(many - 2000)
	args := []string{"datasets", "export", datasetID, "--no-clobber", "-o", s.prefix + "once.jsonl"}
	loser := p.on(t, a.URL, s.env...).start(args...)
	<-a.held
	winner := p.on(t, b.URL, s.env...)
	winner.run(0, args...)
	let()
	if code := loser.end(); code != 5 {
		t.Errorf("the loser's exit code is %d: %s", code, loser.stderr.String())
	}
	if body, _, _ := s.get("once.jsonl"); string(body) != b.lines() {
		t.Errorf("the winner's object has %d bytes now", len(body))
	}
	if stderr := winner.run(0, args...); !strings.Contains(stderr, "is there already, and stays") {
		t.Errorf("later: %s", stderr)
	}
	none(t, s)
}

// A target that cannot be written to is found out before an item is fetched.
func unwritable(t *testing.T, p program, s store) {
	a := newAccount(t, few)
	target := strings.Replace(s.prefix, bucket, "no-"+bucket, 1)
	if s.weak {
		t.Skip("SKIPPED: rclone makes folders")
	}
	stderr := p.on(t, a.URL, s.env...).run(3, "datasets", "export", datasetID, "-o", target+"x.jsonl")
	if a.asked.Load() != 0 || !strings.Contains(stderr, "error: ") {
		t.Errorf("%d requests for items: %s", a.asked.Load(), stderr)
	}
}

func compressed(t *testing.T, p program, s store) {
	a := newAccount(t, few)
	on := p.on(t, a.URL, s.env...)
	file := filepath.Join(t.TempDir(), "a.csv.gz")
	on.run(0, "datasets", "export", datasetID, "-o", file)
	on.run(0, "datasets", "export", datasetID, "-o", s.prefix+"a.csv.gz")
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if body, _, _ := s.get("a.csv.gz"); string(body) != string(want) {
		t.Errorf("%d bytes, want %d", len(body), len(want))
	}
}

// debug shows what is sent, without secrets: program.end looks for them.
func debug(t *testing.T, p program, s store) {
	a := newAccount(t, few)
	on := p.on(t, a.URL, s.env...)
	stderr := on.run(0, "datasets", "export", datasetID, "--debug", "-o", s.prefix+"debug.jsonl")
	if !s.weak && !strings.Contains(stderr, "store request") {
		t.Errorf("stderr: %s", stderr)
	}
	for _, word := range append(s.secrets, "Signature=", "Credential=", "sig=") {
		if strings.Contains(stderr, word) {
			t.Errorf("%s is in %s", word, stderr)
		}
	}
}

// An upload that was left behind is told by a later command, which writes anyway.
func leftBehind(t *testing.T, p program, s store) {
	if s.weak {
		t.Skip("SKIPPED: rclone does not tell")
	}
	a := newAccount(t, many)
	on := p.on(t, a.URL, s.env...)
	args := []string{"datasets", "export", datasetID, "-o", s.prefix + "left.jsonl"}
	let := a.hold(many - 2000)
	r := on.start(args...)
	<-a.held
	if err := r.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if code := r.end(); code != -int(syscall.SIGKILL) {
		t.Fatalf("exit code %d: %s", code, r.stderr.String())
	}
	let()
	absent(t, s, "left.jsonl")
	stderr := on.run(0, args...)
	if !strings.Contains(stderr, "left behind") {
		t.Errorf("stderr: %s", stderr)
	}
	if body, _, _ := s.get("left.jsonl"); string(body) != a.lines() {
		t.Errorf("%d bytes", len(body))
	}
	if s.pending == nil {
		return
	}
	on.run(0, append(args, "--resume")...) // takes the rest up, so that none is left
	none(t, s)
}

// local is the program on a directory of its own.
func local(t *testing.T, p program, s store) (program, string) {
	t.Helper()
	return p.on(t, "http://127.0.0.1:1", s.env...), filepath.Join(t.TempDir(), "storage")
}

func sources(t *testing.T, p program, s store) {
	a := newAccount(t, few)
	p.on(t, a.URL, s.env...).run(0, "datasets", "export", datasetID, "-o", s.prefix+"source.jsonl.gz")
	on, dir := local(t, p, s)
	on.run(0, "datasets", "put", "things", s.prefix+"source.jsonl.gz", "--create", "--local", dir)
	file := filepath.Join(t.TempDir(), "a.jsonl")
	on.run(0, "datasets", "export", "things", "--local", dir, "-o", file)
	if text, err := os.ReadFile(file); err != nil || string(text) != a.lines() {
		t.Errorf("%d bytes came back, %v", len(text), err)
	}
	on.run(0, "queues", "put", "crawl", "https://example.com/", "https://example.com/about", "--create", "--local", dir)
	on.run(0, "queues", "export", "crawl", "-f", "jsonl", "--local", dir, "-o", s.prefix+"requests.jsonl")
	if stderr := on.run(0, "queues", "put", "again", s.prefix+"requests.jsonl", "--create", "--local", dir); !strings.Contains(stderr, "2 added") {
		t.Errorf("requests: %s", stderr)
	}
	if stderr := on.run(3, "datasets", "put", "things", s.prefix+"nothing.jsonl", "--local", dir); !strings.Contains(stderr, "nothing.jsonl") {
		t.Errorf("a source that is not there: %s", stderr)
	}
}

func records(t *testing.T, p program, s store) {
	on, dir := local(t, p, s)
	on.run(0, "kvs", "create", "assets", "--local", dir)
	for key, value := range map[string]string{"a": "text", "con": "a name of Windows", "empty": ""} {
		on.run(0, "kvs", "put", "assets", key, "--value", value, "--local", dir)
	}
	for i, target := range []string{s.prefix + "records/", s.prefix + "records.zip"} {
		on.run(0, "kvs", "export", "assets", "--local", dir, "-o", target)
		copied := "copy" + strconv.Itoa(i)
		on.run(0, "kvs", "create", copied, "--local", dir)
		if stderr := on.run(0, "kvs", "import", copied, target, "--local", dir); !strings.Contains(stderr, "stored 3 records") {
			t.Errorf("%s: %s", target, stderr)
		}
		r := on.start("kvs", "get", copied, "con", "--local", dir)
		if code := r.end(); code != 0 || r.stdout.String() != "a name of Windows" {
			t.Errorf("%s: exit code %d, %q", target, code, r.stdout.String())
		}
	}
}

func dryRun(t *testing.T, p program, s store) {
	a := newAccount(t, few)
	r := p.on(t, a.URL, s.env...).start("datasets", "export", datasetID, "--dry-run", "-o", s.prefix+"{name}.parquet")
	if code := r.end(); code != 0 || r.stdout.String() != s.prefix+"things.parquet\n" {
		t.Errorf("exit code %d, %q: %s", code, r.stdout.String(), r.stderr.String())
	}
	absent(t, s, "things.parquet")
	if a.asked.Load() != 0 {
		t.Errorf("%d requests for items", a.asked.Load())
	}
}
