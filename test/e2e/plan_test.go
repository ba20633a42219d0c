//go:build unix

package e2e

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/test/mockapi"
)

// bulkJob is an account with many datasets, and a plan for them.
type bulkJob struct {
	t      *testing.T
	dir    string
	server *mockapi.Server
	counts map[string]int // items by the name of the dataset
	to     string
}

func newBulkJob(t *testing.T, datasets, shards int, ending string) *bulkJob {
	t.Helper()
	j := &bulkJob{t: t, dir: t.TempDir(), server: mockapi.Start(), counts: map[string]int{}}
	t.Cleanup(j.server.Close)
	j.server.Configure(func(b *mockapi.Behaviour) { b.RateLimit = 100_000 })
	for i := range datasets {
		name := fmt.Sprintf("shop-%03d", i)
		id := j.server.Add("datasets", name)
		j.counts[name] = 5 + i%7*6
		for n := range j.counts[name] {
			j.server.Push(id, fmt.Sprintf(`{"shop":%q,"n":%d,"k%d":"text","list":[{"a":1},{"a":%d}]}`, name, n, n%5, i))
		}
	}
	j.to = filepath.Join(j.dir, "lake", "{name}."+ending)
	j.run(0, "plan", "--all", "--shards", fmt.Sprint(shards), "--split-items", "20", "--to", j.to, "-o", j.path("job", "plan.jsonl"))
	return j
}

func (j *bulkJob) path(parts ...string) string {
	return filepath.Join(append([]string{j.dir}, parts...)...)
}

// program is the program with the account, by way of an address.
func (j *bulkJob) program(address, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(j.t.Context(), name, args...)
	command.Dir = j.dir
	command.Env = append(
		os.Environ(), "APIFY_API_BASE_URL="+address, "APIFY_TOKEN="+mockapi.Token, "HOME="+j.dir, "XDG_CONFIG_HOME="+j.dir,
		"APIFY_LOCAL_STORAGE_DIR=", "APIFYCTL_PROFILE=", "GORACE=atexit_sleep_ms=0",
	)
	return command
}

// run runs the program to its end, wants an exit code, and returns what it said.
func (j *bulkJob) run(code int, args ...string) string {
	j.t.Helper()
	out, err := j.program(j.server.URL(), "apifyctl", args...).CombinedOutput()
	got := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else if err != nil {
		j.t.Fatal(err)
	}
	if got != code {
		j.t.Fatalf("apifyctl %s: exit code %d, want %d: %s", strings.Join(args, " "), got, code, out)
	}
	return string(out)
}

func (j *bulkJob) worker(to string, more ...string) []string {
	return append([]string{"datasets", "export", "--plan", j.path("job", "plan.jsonl"), "-o", to, "--no-progress"}, more...)
}

// sums are the checksums of the files that the manifest lists.
func (j *bulkJob) manifest() (files []struct {
	Path, SHA256 string
	Items        int
},
) {
	j.t.Helper()
	text, err := os.ReadFile(j.path("job", "manifest.json"))
	if err != nil {
		j.t.Fatal(err)
	}
	var manifest struct {
		Files []struct {
			Path, SHA256 string
			Items        int
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		j.t.Fatal(err)
	}
	return manifest.Files
}

// verify holds the files against the manifest, and of jsonl the items against the
// datasets: all of them, none twice.
func (j *bulkJob) verify() {
	j.t.Helper()
	if _, err := os.Stat(j.path("job", "_SUCCESS")); err != nil {
		j.t.Fatal(err)
	}
	seen := map[string]bool{}
	files := j.manifest()
	for _, file := range files {
		text, err := os.ReadFile(file.Path)
		if err != nil {
			j.t.Fatal(err)
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != file.SHA256 {
			j.t.Errorf("%s does not have the checksum in the manifest", file.Path)
		}
		if !strings.HasSuffix(file.Path, ".jsonl") {
			continue
		}
		lines := bufio.NewScanner(bytes.NewReader(text))
		for lines.Scan() {
			var item struct {
				Shop string
				N    int
			}
			if err := json.Unmarshal(lines.Bytes(), &item); err != nil {
				j.t.Fatal(err)
			}
			key := fmt.Sprintf("%s/%d", item.Shop, item.N)
			if seen[key] {
				j.t.Errorf("%s is there twice", key)
			}
			seen[key] = true
		}
	}
	want := 0
	for _, count := range j.counts {
		want += count
	}
	if strings.HasSuffix(j.to, ".jsonl") && len(seen) != want {
		j.t.Errorf("%d of %d items are there", len(seen), want)
	}
	there, err := filepath.Glob(j.path("lake", "*"))
	if err != nil || len(there) != len(files) {
		j.t.Errorf("%d files in the folder, %d in the manifest, %v", len(there), len(files), err)
	}
}

// GNU parallel runs what --print parallel prints: eight shards, one of which is
// killed in the middle, and the API fails now and then. Nothing is missing in the
// end, and nothing is there twice.
func TestParallelShards(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("parallel"); err != nil {
		t.Skip("SKIPPED: there is no GNU parallel; Debian has it in the package parallel")
	}
	program, err := exec.LookPath("apifyctl")
	if err != nil {
		t.Fatal(err)
	}
	j := newBulkJob(t, 40, 8, "jsonl")
	script := j.program(j.server.URL(), "apifyctl", "plan", "--plan", j.path("job", "plan.jsonl"), "--to", j.to, "--print", "parallel")
	text, err := script.Output()
	if err != nil {
		t.Fatal(err)
	}
	// The worker of shard 3 is killed the first time, as soon as it has done a unit.
	if err := os.MkdirAll(j.path("bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	wrapper := fmt.Sprintf(`#!/usr/bin/env bash
if [[ $* == *"--shard 3/8"* ]] && mkdir killed 2>/dev/null; then
	%[1]s "$@" & worker=$!
	while kill -0 $worker && ! compgen -G "job/receipts/*/00003/*.json"; do sleep 0.01; done >/dev/null
	kill -9 $worker
	wait $worker
	exit $?
fi
exec %[1]s "$@"
`, program)
	if err := os.WriteFile(j.path("bin", "apifyctl"), []byte(wrapper), 0o700); err != nil {
		t.Fatal(err)
	}
	faults := newGate(t, j.server.URL())
	faults.failEvery, faults.latency = 12, 30*time.Millisecond
	command := j.program(faults.URL, "bash", "-s")
	command.Stdin = bytes.NewReader(text)
	command.Env = append(command.Env, "PATH="+j.path("bin")+":"+os.Getenv("PATH"), "JOBS=4", "PARALLEL_HOME="+j.dir)
	if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "is done: ") {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Stat(j.path("killed")); err != nil {
		t.Error("no worker was killed")
	}
	j.verify()
}

// gate is a way to the API that can fail, and can be closed.
type gate struct {
	*httptest.Server
	requests  chan int      // holds how many there were
	latency   time.Duration // before each answer
	failEvery int           // of so many requests one fails; 0: none
	closed    chan struct{} // requests for items wait until it is closed; nil: none does
	waiting   chan struct{} // gets one for each that waits
}

func newGate(t *testing.T, to string) *gate {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{requests: make(chan int, 1), waiting: make(chan struct{}, 100)}
	proxy := httputil.NewSingleHostReverseProxy(target)
	g.requests <- 0
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := <-g.requests + 1
		g.requests <- n
		if g.failEvery > 0 && n%g.failEvery == 0 {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		time.Sleep(g.latency)
		if g.closed != nil && strings.HasSuffix(r.URL.Path, "/items") {
			g.waiting <- struct{}{}
			<-g.closed
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

// A worker is cut off from the API in the middle, is taken for dead, and another one
// does its shard. When it comes back after the commit it changes nothing.
func TestLateWorkerDoesNoHarm(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{"jsonl", "csv.gz", "parquet"} {
		t.Run(ending, func(t *testing.T) {
			t.Parallel()
			j := newBulkJob(t, 12, 3, ending)
			late := newGate(t, j.server.URL())
			late.closed = make(chan struct{})
			worker := j.program(late.URL, "apifyctl", j.worker(j.to, "--shard", "1/3")...)
			var said bytes.Buffer
			worker.Stderr = &said
			if err := worker.Start(); err != nil {
				t.Fatal(err)
			}
			<-late.waiting // it has begun
			for shard := range 3 {
				j.run(0, j.worker(j.to, "--shard", fmt.Sprintf("%d/3", shard))...)
			}
			j.run(0, "commit", "--plan", j.path("job", "plan.jsonl"))
			before := j.manifest()
			close(late.closed)
			if err := worker.Wait(); err != nil {
				t.Errorf("the late worker: %v: %s", err, said.String())
			}
			if !strings.Contains(said.String(), "was written by another worker meanwhile, and stays") {
				t.Errorf("the late worker has noticed nothing: %s", said.String())
			}
			if after := j.manifest(); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Error("the manifest has changed")
			}
			j.verify()
		})
	}
}

// Two workers of one index, and one that works with pages of another size, write
// the same bytes, so that it does not matter whose file stays.
func TestWorkersOfOneIndexWriteTheSame(t *testing.T) {
	t.Parallel()
	for _, ending := range []string{"jsonl", "jsonl.gz", "csv.zst", "json", "xlsx", "parquet", "html", "xml", "yaml"} {
		t.Run(ending, func(t *testing.T) {
			t.Parallel()
			j := newBulkJob(t, 8, 2, ending)
			var workers []*exec.Cmd
			for shard := range 2 {
				for _, pages := range []string{"3", "100"} {
					worker := j.program(j.server.URL(), "apifyctl", j.worker(j.to, "--shard", fmt.Sprintf("%d/2", shard), "--page-size", pages)...)
					workers = append(workers, worker)
					if err := worker.Start(); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, worker := range workers {
				if err := worker.Wait(); err != nil {
					t.Errorf("%s: %v", strings.Join(worker.Args, " "), err)
				}
			}
			j.run(0, "commit", "--plan", j.path("job", "plan.jsonl"))
			j.verify()
		})
	}
}

// --max-rate bounds all requests of a worker. A slow machine makes it no faster, so
// the least time that they take is certain.
func TestMaxRate(t *testing.T) {
	t.Parallel()
	const perSecond = 30
	j := newBulkJob(t, 12, 1, "jsonl")
	way := newGate(t, j.server.URL())
	start := time.Now()
	if out, err := j.program(way.URL, "apifyctl", j.worker(j.to, "--max-rate", fmt.Sprint(perSecond))...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	requests := <-way.requests
	least := time.Duration(requests-5) * time.Second / perSecond // a few go at once
	if took := time.Since(start); requests < 20 || took < least {
		t.Errorf("%d requests took %s, and %d a second take %s", requests, took, perSecond, least)
	}
}
