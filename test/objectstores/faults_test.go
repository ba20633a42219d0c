package objectstores

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/test/process"
)

// faultRate is how many of a hundred requests go wrong.
const faultRate = 20

// proxy stands before a store and has things go wrong, by seed.
type proxy struct {
	*httptest.Server
	upstream string
	keepHost bool // it is a part of the signature
	seed     uint64
	asked    atomic.Uint64
	appeared atomic.Int64 // times that the store has said that an object is there now
	session  session
	mutex    sync.Mutex
	done     []string
}

func newProxy(t *testing.T, s store, seed uint64) *proxy {
	t.Helper()
	p := &proxy{upstream: s.endpoint, keepHost: s.name != "fake-gcs-server", seed: seed}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// commits tells whether a request makes an object appear.
func commits(r *http.Request) bool {
	query := r.URL.Query()
	switch {
	case query.Has("comp"): // Azure
		return query.Get("comp") == "blocklist" && r.Method == http.MethodPut
	case query.Get("uploadType") == "resumable" && r.Method == http.MethodPut, query.Has("upload_id"): // Google
		return r.Method == http.MethodPut && !strings.HasSuffix(r.Header.Get("Content-Range"), "/*")
	case query.Get("uploadType") == "multipart":
		return true
	case query.Has("uploadType"):
		return false
	case query.Has("uploadId"): // S3
		return r.Method == http.MethodPost
	}
	return r.Method == http.MethodPut && !query.Has("partNumber") && !query.Has("tagging")
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	random := rand.New(rand.NewPCG(p.seed, p.asked.Add(1)))
	fault := ""
	if random.IntN(100) < faultRate {
		faults := []string{"cut", "cut in the body", "lost", "503", "500 when done", "stall"}
		if r.Method == http.MethodPost && r.URL.Query().Has("uploadId") {
			faults = append(faults, "200 with an error", "lost", "lost")
		}
		fault = faults[random.IntN(len(faults))]
		p.mutex.Lock()
		p.done = append(p.done, fault+" "+r.Method+" "+r.URL.Path)
		p.mutex.Unlock()
	}
	switch fault {
	case "cut":
		panic(http.ErrAbortHandler)
	case "cut in the body":
		_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2)
		panic(http.ErrAbortHandler)
	case "503":
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`)
		return
	case "200 with an error":
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `<?xml version="1.0"?><Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>`)
		return
	case "stall":
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		return
	}
	status, header, body := p.pass(r)
	switch fault {
	case "lost":
		panic(http.ErrAbortHandler)
	case "500 when done":
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	maps.Copy(w.Header(), header)
	if r.Method != http.MethodHead {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// pass has the store carry a request out, also when nobody waits for it any more.
func (p *proxy) pass(r *http.Request) (status int, header http.Header, body []byte) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, p.upstream+r.URL.RequestURI(), bytes.NewReader(sent))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request.Header = r.Header.Clone()
	if p.keepHost {
		request.Host = r.Host
	}
	if question(r) {
		return p.session.answer()
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = answer.Body.Close() }() // it is read
	body, err = io.ReadAll(answer.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	p.session.note(r, answer.StatusCode, body)
	if commits(r) && answer.StatusCode < 300 && !bytes.Contains(body, []byte("<Error>")) {
		p.appeared.Add(1)
	}
	return answer.StatusCode, answer.Header, body
}

// TestFaults runs OBJECT_STORE_SEEDS (20) seeds, from OBJECT_STORE_FROM (1) on. The
// object is absent or whole, never half, and appears once at most.
func TestFaults(t *testing.T) {
	tools(t)
	p := build(t)
	seeds, from := process.Number(t, "OBJECT_STORE_SEEDS", 20), process.Number(t, "OBJECT_STORE_FROM", 1)
	opened := map[string]store{}
	for _, name := range []string{"versitygw", "moto", "fake-gcs-server", "azurite"} {
		opened[name] = stores()[name](t)
	}
	names := slices.Sorted(maps.Keys(opened))
	small, large := newAccount(t, 200), newAccount(t, 17_000)
	var done, failed, faults atomic.Int64
	var group sync.WaitGroup
	next := make(chan int)
	for range process.Number(t, "OBJECT_STORE_PARALLEL", 8) {
		group.Go(func() {
			for seed := range next {
				a := small
				if seed/len(names)%6 == 0 {
					a = large
				}
				ok, count := faulty(t, p, opened[names[seed%len(names)]], a, uint64(seed))
				faults.Add(int64(count))
				if ok {
					done.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	for seed := range seeds {
		next <- from + seed
	}
	close(next)
	group.Wait()
	t.Logf("%d runs, %d faults: %d objects whole, %d honest errors", seeds, faults.Load(), done.Load(), failed.Load())
}

// faulty is one run; it reports whether the program says that it went well, and how
// many faults there were.
func faulty(t *testing.T, p program, s store, a *account, seed uint64) (bool, int) {
	between := newProxy(t, s, seed)
	defer between.Close()
	key := fmt.Sprintf("faults/%d.jsonl", seed)
	args := []string{"datasets", "export", datasetID, "--timeout", "5s", "-o", s.prefix + key}
	if seed%3 == 0 {
		args = append(args, "--no-clobber")
	}
	r := p.on(t, a.URL, s.through(between.URL)...).start(args...)
	watch := time.AfterFunc(10*time.Minute, func() { _ = r.Process.Kill() })
	defer watch.Stop()
	code := r.end()
	body, _, there := s.get(key)
	problem := ""
	switch {
	case code == 0 && !there:
		problem = "success, and no object"
	case there && string(body) != a.lines():
		problem = fmt.Sprintf("%d bytes of %d", len(body), len(a.lines()))
	case between.appeared.Load() > 1:
		problem = fmt.Sprintf("it appeared %d times", between.appeared.Load())
	case code != 0 && code != 1:
		problem = fmt.Sprintf("exit code %d", code)
	case code != 0 && there && !strings.Contains(r.stderr.String(), "cannot be found out"):
		problem = "an error, and the object is there"
	}
	between.mutex.Lock()
	defer between.mutex.Unlock()
	if problem != "" {
		t.Errorf("seed %d, %s: %s; exit code %d: %s; faults: %s", seed, s.name, problem, code, r.stderr.String(), strings.Join(between.done, ", "))
	}
	return code == 0, len(between.done)
}
