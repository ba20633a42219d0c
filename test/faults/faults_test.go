package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/test/process"
)

const (
	token = "SECRETtokenOfTheFaults"
	// silence is how long the program waits for an answer.
	silence = 3 * time.Second
	// hang is when a run counts as one that does not end: all tries of one request,
	// with all their waits, and some more.
	hang = 4 * time.Minute
)

// bench is what the runs share: the program, and a server for what is only read
// and one for what is changed.
type bench struct {
	t            *testing.T
	program      string
	reads, write *server
	trap         *httptest.Server
	trapped      atomic.Int64 // requests with a token that went to the trap
	references   map[string]result
}

// server is `serve` on a directory of its own.
type server struct {
	url    *url.URL
	client *api.Client
}

// TestFaults runs FAULTS_SEEDS seeds, from FAULTS_FROM (1) on, FAULTS_PARALLEL (8)
// at a time.
func TestFaults(t *testing.T) {
	seeds := process.Number(t, "FAULTS_SEEDS", 0)
	if seeds == 0 {
		t.Skip("FAULTS_SEEDS says how many seeds to run; .ci/run faults does")
	}
	b := newBench(t)
	commands := commands()
	var total tally
	var group sync.WaitGroup
	next := make(chan uint64)
	for range process.Number(t, "FAULTS_PARALLEL", 8) {
		group.Go(func() {
			for seed := range next {
				c := commands[seed%uint64(len(commands))]
				total.add(c.name, seed, b.run(c, seed))
			}
		})
	}
	from := uint64(process.Number(t, "FAULTS_FROM", 1))
	for seed := from; seed < from+uint64(seeds); seed++ {
		next <- seed
	}
	close(next)
	group.Wait()
	total.leaks += int(b.trapped.Load())
	total.report(t)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	program, err := process.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, program: program, references: map[string]result{}}
	b.trap = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(fmt.Sprint(r.Header, r.URL), token) {
			b.trapped.Add(1)
		}
		_, _ = fmt.Fprint(w, page)
	}))
	t.Cleanup(b.trap.Close)
	b.reads, b.write = b.serve(), b.serve()
	fill(t, b.reads.client)
	for _, c := range commands() {
		if c.reads {
			b.references[c.name] = b.execute(c, nil, &run{server: b.reads, name: "reference"}, day{})
			if got := b.references[c.name]; got.code != 0 {
				t.Fatalf("%s, undisturbed: exit code %d, %s", c.name, got.code, got.stderr)
			}
		}
	}
	return b
}

// serve starts a server, which ends with the test.
func (b *bench) serve() *server {
	b.t.Helper()
	dir := b.t.TempDir()
	running := process.NewServer(b.t, func(address string) *exec.Cmd {
		command := exec.CommandContext(context.WithoutCancel(b.t.Context()), b.program, "serve", "--local", filepath.Join(dir, "storage"), "--listen", address, "--token", token)
		command.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir)
		return command
	})
	if err := running.Start(); err != nil {
		b.t.Fatal(err)
	}
	parsed, err := url.Parse(running.URL())
	if err != nil {
		b.t.Fatal(err)
	}
	client, err := api.New(api.Options{BaseURL: running.URL(), Token: token})
	if err != nil {
		b.t.Fatal(err)
	}
	return &server{parsed, client}
}

// run is one run of the program.
type run struct {
	server *server
	seed   uint64
	name   string // unique: of what the run makes
	dir    string // it works in
}

// result is what came of it.
type result struct {
	code           int
	stdout, stderr string
	files          map[string]string
	hung           bool
	signaled       bool // ended by a signal before it could take it
}

// verdict is what a result is worth; "" is good.
type verdict struct {
	done    bool     // with the undisturbed result
	unknown bool     // says that it does not know
	wrong   string   // what is wrong
	kind    string   // loss, duplicate, hang, panic, leak, litter, code
	faults  []string // what was done to it
}

func (b *bench) run(c command, seed uint64) verdict {
	random := rand.New(rand.NewPCG(seed, 1))
	r := &run{server: b.write, seed: seed, name: fmt.Sprintf("s%d", seed)}
	if c.reads {
		r.server = b.reads
	}
	all := kinds()
	if random.IntN(2) == 0 { // one thing that goes wrong often, rather than anything now and then
		all = all[random.IntN(len(all)):][:1]
	}
	rate := []float64{0.05, 0.15, 0.3, 0.5}[random.IntN(4)]
	p := newProxy(r.server.url, b.trap.URL, seed, rate, all)
	defer p.client.CloseIdleConnections()
	if err := c.prepare(b, r); err != nil {
		return verdict{wrong: "preparing: " + err.Error(), kind: "harness"}
	}
	d := dayOf(seed)
	got := b.execute(c, p, r, d)
	v := judge(b, c, r, got, d)
	v.faults = p.what()
	if d.name != ordinary {
		v.faults = append(v.faults, d.name)
	}
	return v
}

// execute runs the program; p is nil for an undisturbed run.
func (b *bench) execute(c command, p *proxy, r *run, d day) result {
	dir, err := os.MkdirTemp("", "apifyctl-faults-")
	if err != nil {
		return result{code: -1, stderr: err.Error()}
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r.dir = filepath.Join(dir, "work")
	for name, text := range c.files {
		path := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return result{code: -1, stderr: err.Error()}
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return result{code: -1, stderr: err.Error()}
		}
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return result{code: -1, stderr: err.Error()}
	}
	address := r.server.url.String()
	if p != nil {
		front := httptest.NewUnstartedServer(p)
		front.Config.ErrorLog = log.New(io.Discard, "", 0)
		front.Start()
		defer front.Close()
		defer front.CloseClientConnections()
		var end func()
		address, end = d.address(front)
		defer end()
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), hang)
	defer cancel()
	args := append(c.args(r), "--timeout", silence.String())
	command := exec.CommandContext(ctx, b.program, args...)
	command.Dir = r.dir
	command.Env = []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "APIFY_TOKEN=" + token, "APIFY_API_BASE_URL=" + address, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir}
	command.WaitDelay = 5 * time.Second
	command.Stdin = strings.NewReader(c.stdin)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	end, err := d.start(command, r.seed)
	if err != nil {
		return result{code: -1, stderr: err.Error()}
	}
	_ = command.Wait() // its exit code tells
	end()
	got := result{code: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String(), hung: ctx.Err() != nil}
	got.signaled = got.code == -1 && d.signal != nil
	got.files = filesIn(r.dir)
	if left, err := filepath.Glob(filepath.Join(dir, "apifyctl-*")); err == nil && len(left) > 0 {
		got.files["temporary folder"] = strings.Join(left, " ")
	}
	if c.look != nil {
		got.stdout += c.look(b, r)
	}
	return got
}

func filesIn(dir string) map[string]string {
	files := map[string]string{}
	_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.Contains(path, ".apifyctl") {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(text)
		return err
	})
	return files
}

// judge holds a result against the undisturbed one.
func judge(b *bench, c command, r *run, got result, d day) verdict {
	v := verdict{unknown: d.killed() || got.signaled || strings.Contains(got.stderr, "unknown whether")}
	bad := func(kind, format string, args ...any) verdict {
		v.kind, v.wrong = kind, fmt.Sprintf(format, args...)+fmt.Sprintf(" (exit code %d, stderr: %.600s)", got.code, got.stderr)
		return v
	}
	everything := got.stdout + got.stderr
	for name, text := range got.files {
		everything += name + text
	}
	switch {
	case got.hung:
		return bad("hang", "still running after %s", hang)
	case strings.Contains(everything, token):
		return bad("leak", "the token shows")
	case d.killed():
	case strings.Contains(got.stderr, "panic:"), strings.Contains(got.stderr, "goroutine "), got.code == -1 && !got.signaled:
		return bad("panic", "crashed")
	case strings.Contains(got.stderr, "Unsolicited response"):
		return bad("leak", "the HTTP library speaks")
	}
	if wrong := d.expects(got, c.codes); wrong != "" {
		return bad("code", "%s", wrong)
	}
	if c.after != nil {
		if kind, wrong := c.after(b, r, got, v.unknown); wrong != "" {
			return bad(kind, "%s", wrong)
		}
	}
	if got.code == 0 {
		v.done = true
	}
	if !c.reads {
		return v
	}
	want := b.references[c.name]
	for name, text := range got.files {
		_, known := want.files[name]
		if before, there := c.files[name]; !known || got.code != 0 && text != before && (!there || text != want.files[name]) && !c.partial {
			return bad("litter", "%s is left", name)
		}
	}
	for name, before := range c.files {
		// Whoever is killed may have had everything done.
		done := d.signal != nil && got.files[name] == want.files[name]
		if got.code != 0 && got.files[name] != before && !done {
			return bad("loss", "%s was replaced by a failure", name)
		}
	}
	if got.code != 0 {
		return v
	}
	if c.same == nil && got.stdout != want.stdout || c.same != nil && !c.same(got.stdout, want.stdout) {
		return bad("loss", "%d bytes instead of %d on stdout", len(got.stdout), len(want.stdout))
	}
	for name, text := range want.files {
		if got.files[name] != text && !c.binary {
			return bad("loss", "%s has %d bytes instead of %d", name, len(got.files[name]), len(text))
		}
	}
	return v
}

// tally gathers verdicts.
type tally struct {
	mutex                       sync.Mutex
	runs, done, failed, unknown int
	disturbed, faults, leaks    int
	wrong                       map[string][]string
	commands                    map[string]*[2]int // done, failed
}

func (y *tally) add(name string, seed uint64, v verdict) {
	y.mutex.Lock()
	defer y.mutex.Unlock()
	if y.commands == nil {
		y.commands, y.wrong = map[string]*[2]int{}, map[string][]string{}
	}
	if y.commands[name] == nil {
		y.commands[name] = new([2]int)
	}
	y.runs++
	y.faults += len(v.faults)
	if len(v.faults) > 0 {
		y.disturbed++
	}
	switch {
	case v.kind != "":
		y.wrong[v.kind] = append(y.wrong[v.kind], fmt.Sprintf("seed %d, %s: %s\n\t%s", seed, name, v.wrong, strings.Join(v.faults, "\n\t")))
	case v.done:
		y.done++
		y.commands[name][0]++
	default:
		y.failed++
		y.commands[name][1]++
		if v.unknown {
			y.unknown++
		}
	}
}

func (y *tally) report(t *testing.T) {
	t.Helper()
	t.Logf("%d runs of %d commands, %d disturbed by %d faults: %d with the undisturbed result, %d honest errors, of which %d do not know",
		y.runs, len(y.commands), y.disturbed, y.faults, y.done, y.failed, y.unknown)
	for _, kind := range []string{"loss", "duplicate", "hang", "panic", "leak", "litter", "code", "harness"} {
		t.Logf("%-9s %d", kind, len(y.wrong[kind]))
		for i, each := range y.wrong[kind] {
			if i < 20 {
				t.Error(each)
			}
		}
	}
	if y.leaks > 0 {
		t.Errorf("%d requests with the token went to another host", y.leaks)
	}
	names := make([]string, 0, len(y.commands))
	for name := range y.commands {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t.Logf("%-40s %5d done %5d failed", name, y.commands[name][0], y.commands[name][1])
	}
}

// The proxy itself does nothing to a request where no fault is chosen, and the same
// for the same seed.
func TestProxyIsReproducible(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.URL) }))
	defer upstream.Close()
	address, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	var before []string
	for range 2 {
		p := newProxy(address, upstream.URL, 7, 0.5, statuses()[:6])
		front := httptest.NewServer(p)
		for i := range 40 {
			answer, err := http.Get(fmt.Sprintf("%s/%d", front.URL, i)) //nolint:noctx // a test's own server
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
		}
		front.Close()
		if done := p.what(); before == nil {
			before = done
		} else if !slices.Equal(done, before) || len(done) < 8 || len(done) > 32 {
			t.Errorf("%q, then %q", before, done)
		}
	}
}
