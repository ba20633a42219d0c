package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
)

// answers notes what a handler answers, so that it can be sent in another form.
type answers struct {
	header http.Header
	status int
	body   strings.Builder
}

func (a *answers) Header() http.Header         { return a.header }
func (a *answers) WriteHeader(status int)      { a.status = status }
func (a *answers) Write(p []byte) (int, error) { return a.body.Write(p) }

// packing sends the answers of a handler compressed. spoil changes what is sent;
// it may be nil.
func packing(t *testing.T, encoding string, handle http.HandlerFunc, spoil func(r *http.Request, body []byte) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Errorf("accepted encodings are %q", r.Header.Get("Accept-Encoding"))
		}
		answer := &answers{header: w.Header(), status: http.StatusOK}
		handle(answer, r)
		var body []byte
		var err error
		if encoding == "br" {
			var packed strings.Builder
			z := brotli.NewWriterLevel(&packed, brotli.BestSpeed)
			write(z, answer.body.String())
			end(z)
			body = []byte(packed.String())
		} else if body, err = compress([]byte(answer.body.String())); err != nil {
			t.Error(err)
		}
		if spoil != nil {
			body = spoil(r, body)
		}
		w.Header().Set("Content-Encoding", encoding)
		w.WriteHeader(answer.status)
		write(w, string(body))
	}
}

func TestPackedPages(t *testing.T) {
	for _, encoding := range []string{"gzip", "x-gzip", "br"} {
		t.Run(encoding, func(t *testing.T) {
			s := &itemServer{stored: 20_000}
			server := newServer(t, packing(t, encoding, s.ServeHTTP, nil))
			got, err := collect(t, newTestClient(t, server), mustRef(t, testID), ItemsOptions{PageSize: 700})
			if err != nil {
				t.Fatal(err)
			}
			wantRange(t, got, 0, 20_000)
		})
	}
}

// That a page is broken shows when it is inflated, long after it came. It is
// fetched again then, and all come in order.
func TestBrokenPackedPagesAreFetchedAgain(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"cut":               func(body []byte) []byte { return body[:len(body)*2/3] },
		"cut before sums":   func(body []byte) []byte { return body[:len(body)-8] },
		"empty":             func([]byte) []byte { return nil },
		"not packed at all": func([]byte) []byte { return []byte(`[{"n":1}]`) },
		"a wrong sum":       func(body []byte) []byte { body[len(body)-7] ^= 1; return body },
		"ends too early": func([]byte) []byte {
			body, err := compress([]byte(`[{"n":1},{"n":` + strings.Repeat("1", 5000)))
			if err != nil {
				t.Error(err)
			}
			return body
		},
		"a wrong bit": func(body []byte) []byte { body[len(body)/2] ^= 4; return body },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mutex sync.Mutex
			tries := map[string]int{}
			s := &itemServer{stored: 5000}
			server := newServer(t, packing(t, "gzip", s.ServeHTTP, func(r *http.Request, body []byte) []byte {
				mutex.Lock()
				defer mutex.Unlock()
				tries[r.URL.RawQuery]++
				if tries[r.URL.RawQuery] <= 2 {
					return spoil(body)
				}
				return body
			}))
			var notes atomic.Int32
			client := newTestClient(t, server, func(o *Options) { o.OnRetry = func(error, time.Duration) { notes.Add(1) } })
			got, err := collect(t, client, mustRef(t, testID), ItemsOptions{PageSize: 500, Concurrency: 6})
			if err != nil {
				t.Fatal(err)
			}
			wantRange(t, got, 0, 5000)
			if want := 2 * len(tries); int(notes.Load()) != want || want < 20 {
				t.Errorf("%d notes of retries, want %d", notes.Load(), want)
			}
		})
	}
}

func TestPackedPagesThatStayBroken(t *testing.T) {
	s := &itemServer{stored: 5000}
	server := newServer(t, packing(t, "gzip", s.ServeHTTP, func(r *http.Request, body []byte) []byte {
		if r.FormValue("offset") == "1500" {
			return body[:len(body)-20]
		}
		return body
	}))
	got, err := collect(t, newTestClient(t, server), mustRef(t, testID), ItemsOptions{PageSize: 500})
	if err == nil || err.Error() != "reading the answer: unexpected EOF, after 8 tries" {
		t.Errorf("error is %v", err)
	}
	wantRange(t, got, 0, 1500)
}

func TestPackedPagesInAnUnknownEncoding(t *testing.T) {
	s := &itemServer{stored: 10}
	server := newServer(t, packing(t, "zstd", s.ServeHTTP, nil))
	_, err := collect(t, newTestClient(t, server), mustRef(t, testID), ItemsOptions{Concurrency: 1})
	if err == nil || err.Error() != `the answer has an unknown content encoding "zstd"` {
		t.Errorf("error is %v", err)
	}
	if len(s.asked()) != 1 {
		t.Errorf("asked %d times", len(s.asked()))
	}
}

func TestPackedErrorAnswer(t *testing.T) {
	server := newServer(t, packing(t, "gzip", status(http.StatusForbidden), nil))
	_, err := collect(t, newTestClient(t, server), mustRef(t, testID), ItemsOptions{})
	if !IsForbidden(err) || !strings.Contains(err.Error(), "It did not work (403 some-error)") {
		t.Errorf("error is %v", err)
	}
}

// A page that is small on its way and larger than wanted inflated is asked for in
// parts.
func TestPackedPagesOfHugeItemsAreTakenApart(t *testing.T) {
	if testing.Short() {
		t.Skip("much data, and one goroutine")
	}
	t.Parallel()
	const stored = 40 // of a megabyte each, more than mostBytes
	text := strings.Repeat("x", 1<<20)
	for _, encoding := range []string{"gzip", "br"} {
		s := &itemServer{stored: stored, item: func(i int64) string { return fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, text) }}
		server := newServer(t, packing(t, encoding, s.ServeHTTP, nil))
		got, err := collect(t, newTestClient(t, server), mustRef(t, testID), ItemsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		wantRange(t, got, 0, stored)
		if asked := s.asked(); len(asked) < 3 {
			t.Errorf("%s: asked for %v only", encoding, asked)
		}
	}
}

// However many pages are fetched ahead, few are inflated before they are wanted.
func TestPagesWaitPacked(t *testing.T) {
	s := &itemServer{stored: 10_000}
	var asked atomic.Int32
	server := newServer(t, packing(t, "gzip", s.ServeHTTP, func(_ *http.Request, body []byte) []byte { asked.Add(1); return body }))
	client := newTestClient(t, server)
	pages := 0
	for _, err := range client.Datasets().Pages(t.Context(), mustRef(t, testID), ItemsOptions{PageSize: 100, Concurrency: 16}) {
		if err != nil {
			t.Fatal(err)
		}
		for pages++; pages == 2 && asked.Load() < 16; {
			time.Sleep(time.Millisecond)
		}
		client.memory.mu.Lock()
		inflated := len(client.memory.free) // a page gives its compressed form back
		client.memory.mu.Unlock()
		if pages == 2 && inflated > pages+maxInflated {
			t.Errorf("%d pages are inflated while the second is used", inflated)
		}
	}
	if pages != 100 {
		t.Errorf("got %d pages", pages)
	}
}
