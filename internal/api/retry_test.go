package api

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// failing is a server whose first answers go wrong in a way.
func failing(t *testing.T, times int32, fail http.HandlerFunc, good http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	return newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) <= times {
			fail(w, r)
			return
		}
		good(w, r)
	}), &asked
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { writeError(w, code, "some-error") }
}

// hangUp ends the connection, with some bytes as the last ones.
func hangUp(bytes string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		drain(r)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		write(conn, bytes)
		end(conn)
	}
}

func goodDataset(w http.ResponseWriter, _ *http.Request) {
	writeData(w, datasetJSON(testID, "products"))
}

func cutGzip(w http.ResponseWriter, _ *http.Request) {
	var whole strings.Builder
	z := gzip.NewWriter(&whole)
	write(z, fmt.Sprintf(`{"data":%s}`, datasetJSON(testID, "products")))
	end(z)
	w.Header().Set("Content-Encoding", "gzip")
	write(w, whole.String()[:whole.Len()-6])
}

func cutBrotli(w http.ResponseWriter, _ *http.Request) {
	var whole strings.Builder
	z := brotli.NewWriter(&whole)
	write(z, fmt.Sprintf(`{"data":%s}`, datasetJSON(testID, "products")))
	end(z)
	w.Header().Set("Content-Encoding", "br")
	write(w, whole.String()[:whole.Len()-6])
}

func cutCleanly(w http.ResponseWriter, _ *http.Request) {
	write(w, `{"data":{"id":"WkzbQMuFYuamGv3YF","na`)
}

func stand(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	write(w, `{"data":{"id":`)
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func TestFaultsAreTriedAgain(t *testing.T) {
	for name, fail := range map[string]http.HandlerFunc{
		"429":                      status(429),
		"500":                      status(500),
		"502 with a page":          func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway); write(w, "<html>") },
		"503":                      status(503),
		"no answer":                hangUp(""),
		"half a header":            hangUp("HTTP/1.1 200 OK\r\nContent-Le"),
		"short content length":     hangUp("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\":"),
		"complete JSON, too short": hangUp("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\":{\"id\":\"x\"}}"),
		"cut chunks":               hangUp("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"data\":\r\n"),
		"cut gzip":                 cutGzip,
		"cut brotli":               cutBrotli,
		"empty gzip": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.(http.Flusher).Flush()
		},
		"not gzip": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			write(w, `{"data":{}}`)
		},
		"JSON cut, cleanly closed": cutCleanly,
		"empty body":               func(http.ResponseWriter, *http.Request) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, asked := failing(t, 3, fail, goodDataset)
			var notes atomic.Int32
			client := newTestClient(t, server, func(o *Options) {
				o.OnRetry = func(error, time.Duration) { notes.Add(1) }
			})
			dataset, err := client.Datasets().Get(t.Context(), mustRef(t, "~products"))
			if err != nil || dataset.ID != testID {
				t.Fatalf("got %v, %v", dataset, err)
			}
			if asked.Load() != 4 || notes.Load() != 3 {
				t.Errorf("%d tries and %d notes, want 4 and 3", asked.Load(), notes.Load())
			}
		})
	}
}

func TestWhatIsNotTriedAgain(t *testing.T) {
	page := func(w http.ResponseWriter, _ *http.Request) {
		write(w, "<!DOCTYPE html><html><title>Log in</title></html>")
	}
	for name, test := range map[string]struct {
		fail http.HandlerFunc
		want string
	}{
		"400":          {status(400), "It did not work (400 some-error)"},
		"401":          {status(401), "It did not work (401 some-error)"},
		"404":          {status(404), "It did not work (404 some-error)"},
		"501":          {status(501), "It did not work (501 some-error)"},
		"login page":   {page, "unexpected answer: an HTML page instead of a JSON object"},
		"array":        {func(w http.ResponseWriter, _ *http.Request) { write(w, "[]") }, "unexpected answer: a JSON array instead of a JSON object"},
		"other object": {func(w http.ResponseWriter, _ *http.Request) { write(w, `{"ok":true}`) }, "unexpected answer: a JSON object without data"},
		"unknown encoding": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "zstd")
			write(w, "x")
		}, `the answer has an unknown content encoding "zstd"`},
		"redirect loop": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "more than 10 redirects"},
		"bad redirect": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://[/?token=hush")
			w.WriteHeader(http.StatusFound)
		}, "redirected to an address that cannot be read"},
		"Retry-After of hours": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7200")
			writeError(w, 429, "rate-limit-exceeded")
		}, "It did not work (429 rate-limit-exceeded), after 1 try; the server asks to wait 2h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, _ := failing(t, 1000, test.fail, goodDataset)
			client := newTestClient(t, server, func(o *Options) {
				o.OnRetry = func(err error, _ time.Duration) { t.Errorf("tried again after %v", err) }
			})
			_, err := client.Datasets().Get(t.Context(), mustRef(t, "~products"))
			if err == nil || err.Error() != test.want {
				t.Errorf("error is %v\nwant %s", err, test.want)
			}
		})
	}
}

// A server that is silent is given up when its time is over, all tries together.
func TestSilence(t *testing.T) {
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, test := range map[string]struct {
		fail  http.HandlerFunc
		times int32
		tries int32
		want  string // "" for none
	}{
		"no answer":                  {silent, 1, 1, "the server has not answered for 400ms"},
		"a body that stands once":    {stand, 1, 2, ""},
		"a body that stands forever": {stand, 100, 2, "reading the answer: nothing has come for 200ms, after 2 tries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, asked := failing(t, test.times, test.fail, goodDataset)
			client := newTestClient(t, server, func(o *Options) { o.Timeout = 400 * time.Millisecond })
			_, err := client.Datasets().Get(t.Context(), mustRef(t, "~products"))
			if (err != nil) != (test.want != "") || err != nil && err.Error() != test.want {
				t.Errorf("error is %v, want %q", err, test.want)
			}
			if asked.Load() != test.tries {
				t.Errorf("%d tries, want %d", asked.Load(), test.tries)
			}
			if errors.Is(err, ErrNoAnswer) != (name == "no answer") {
				t.Errorf("no answer: %v", err)
			}
		})
	}
}

func TestTriesEnd(t *testing.T) {
	server, asked := failing(t, 1000, status(500), goodDataset)
	_, err := newTestClient(t, server).Datasets().Get(t.Context(), mustRef(t, "~products"))
	var apiErr *Error
	if !errors.As(err, &apiErr) || apiErr.Status != 500 || !strings.HasSuffix(err.Error(), ", after 8 tries") || asked.Load() != 8 {
		t.Errorf("error after %d tries is %v", asked.Load(), err)
	}
}

func TestConnectionRefused(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	end(listener)
	var notes atomic.Int32
	client, err := New(Options{BaseURL: "http://" + address, MaxTries: 3, RetryDelay: time.Millisecond, OnRetry: func(error, time.Duration) { notes.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	// The server certainly did nothing, so that a push is tried again too.
	for _, call := range []func() error{
		func() error { _, err := client.Datasets().Get(t.Context(), mustRef(t, "~x")); return err },
		func() error { return client.Datasets().Push(t.Context(), mustRef(t, "~x"), []byte(`[]`)) },
	} {
		notes.Store(0)
		err := call()
		want := "no connection to " + address + ": nothing answers there"
		if err == nil || errors.Is(err, ErrOutcomeUnknown) || notes.Load() != 1 || err.Error() != want {
			t.Errorf("error after %d notes is %v, want %s after one", notes.Load(), err, want)
		}
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for name, header := range map[string]func() string{
		"seconds": func() string { return "40" },
		"date":    func() string { return time.Now().Add(40 * time.Second).UTC().Format(http.TimeFormat) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var times []time.Time
				client, err := New(Options{Transport: inProcess(func(w http.ResponseWriter, r *http.Request) {
					times = append(times, time.Now())
					if len(times) == 1 {
						w.Header().Set("Retry-After", header())
						writeError(w, 429, "rate-limit-exceeded")
						return
					}
					goodDataset(w, r)
				})})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := client.Datasets().Get(t.Context(), mustRef(t, "~products")); err != nil {
					t.Fatal(err)
				}
				if waited := times[1].Sub(times[0]); waited < 40*time.Second || waited > 41*time.Second {
					t.Errorf("waited %s", waited)
				}
			})
		})
	}
}

func TestWaitsDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var waits []time.Duration
		client, err := New(Options{
			Transport: inProcess(status(500)),
			OnRetry:   func(_ error, wait time.Duration) { waits = append(waits, wait) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Datasets().Get(t.Context(), mustRef(t, "~products")); err == nil {
			t.Fatal("no error")
		}
		if len(waits) != 7 {
			t.Fatalf("%d waits", len(waits))
		}
		for i, wait := range waits {
			if least := 500 * time.Millisecond << i; wait < least || wait > 2*least {
				t.Errorf("wait %d is %s, want %s to %s", i, wait, least, 2*least)
			}
		}
	})
}

func TestCancellationEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		client, err := New(Options{Transport: inProcess(status(500))})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = client.Datasets().Get(ctx, mustRef(t, "~products"))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 200*time.Millisecond {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
	})
}

func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "1": time.Second, " 120 ": 2 * time.Minute, "0.5": 500 * time.Millisecond,
		"NaN": 0, "soon": 0, "1e300": 1e9 * time.Second, "Inf": 1e9 * time.Second,
		"Mon, 06 May 2024 07:08:19 GMT": 10 * time.Second, "Mon, 06 May 2024 07:08:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestBrokenAnswerKeepsItsCause(t *testing.T) {
	server, _ := failing(t, 1000, cutCleanly, goodDataset)
	_, err := newTestClient(t, server).Datasets().Get(t.Context(), mustRef(t, "~products"))
	if !errors.Is(err, rawjson.ErrIncomplete) {
		t.Errorf("error is %v", err)
	}
}

// FuzzRetryAfter: a server makes nobody wait before the past, nor forever.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "0.5", "-1", "1e400", "NaN", "0x10", " 7 ", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		header := http.Header{"Retry-After": {text}}
		if wait := retryAfter(header, time.Unix(1_600_000_000, 0)); wait < 0 {
			t.Errorf("Retry-After %q: wait %v", text, wait)
		}
	})
}

// When tries end, and what is said of it.
func TestEndOfTries(t *testing.T) {
	o := retryOptions{tries: 5, silence: time.Minute}
	for name, test := range map[string]struct {
		try    int
		v      verdict
		silent time.Duration
		want   string
	}{
		"another one":                {4, verdict{again: true}, 0, ""},
		"the last one":               {5, verdict{again: true}, 0, ", after 5 tries"},
		"not worth another":          {1, verdict{}, 0, ""},
		"silent, not for long":       {1, verdict{again: true, silent: true}, time.Minute - 1, ""},
		"silent for long":            {1, verdict{again: true, silent: true}, time.Minute, ", after 1 try"},
		"not silent this time":       {1, verdict{again: true}, time.Hour, ""},
		"contradicts itself":         {maxContradictions - 1, verdict{again: true, contradiction: true}, 0, ""},
		"contradicts itself again":   {maxContradictions, verdict{again: true, contradiction: true}, 0, fmt.Sprintf(", after %d tries", maxContradictions)},
		"has to wait":                {1, verdict{again: true, wait: maxRetryAfter}, 0, ""},
		"has to wait for too long":   {1, verdict{again: true, wait: maxRetryAfter + time.Second}, 0, "; the server asks to wait"},
		"has to wait, but is at end": {5, verdict{again: true, wait: time.Second}, 0, ", after 5 tries"},
	} {
		a := attempt{request: &request{}, try: test.try}
		if got := o.end(a, test.v, test.silent); got != test.want && (test.want == "" || !strings.Contains(got, test.want)) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// Only of what changes something is a good status without what belongs to it
// no confirmation.
func TestUnconfirmed(t *testing.T) {
	for method, want := range map[string]bool{
		http.MethodGet: false, http.MethodHead: false, http.MethodPost: true, http.MethodPut: true, http.MethodDelete: true,
	} {
		a := attempt{request: &request{method: method}}
		if got := a.unconfirmed(&answerError{err: io.ErrUnexpectedEOF}); got != want {
			t.Errorf("%s with a broken answer: %t, want %t", method, got, want)
		}
		if a.unconfirmed(&Error{Status: http.StatusConflict}) {
			t.Errorf("%s with an error of the API is taken for unconfirmed", method)
		}
	}
}
