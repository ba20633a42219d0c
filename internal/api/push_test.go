package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func created(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusCreated)
	write(w, "{}")
}

func TestPush(t *testing.T) {
	long := `[{"text":"` + strings.Repeat("x", 2000) + `"}]`
	for name, test := range map[string]struct{ items, encoding string }{
		"array":          {`[{"a":1}, {"a":2}]`, ""},
		"object":         {`{"a":1}`, ""},
		"long":           {long, "gzip"},
		"just under 1 K": {`["` + strings.Repeat("x", 1019) + `"]`, ""},
		"just 1 K":       {`["` + strings.Repeat("x", 1020) + `"]`, "gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPost || r.URL.Path != "/v2/datasets/~products/items" ||
					r.Header.Get("Authorization") != "Bearer the-token" || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
					t.Errorf("got %s %s %v", r.Method, r.URL, r.Header)
				}
				if got := r.Header.Get("Content-Encoding"); got != test.encoding {
					t.Errorf("encoding %q, want %q", got, test.encoding)
				}
				var body io.Reader = r.Body
				if test.encoding == "gzip" {
					var err error
					if body, err = gzip.NewReader(r.Body); err != nil {
						t.Error(err)
						return
					}
				}
				if got, err := io.ReadAll(body); err != nil || string(got) != test.items {
					t.Errorf("got %q, %v", got, err)
				}
				created(w, r)
			})
			if err := newTestClient(t, server).Datasets().Push(t.Context(), mustRef(t, "products"), []byte(test.items)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPushIsRepeatedOnlyWhenNothingWasDone(t *testing.T) {
	for name, test := range map[string]struct {
		fail    http.HandlerFunc
		tries   int32
		unknown bool
		want    string
	}{
		"429":              {fail: status(429), tries: 2},
		"503":              {fail: status(503), tries: 2},
		"429 of a gateway": {fail: gateway(429), tries: 1, unknown: true, want: "429"},
		"503 of a gateway": {fail: gateway(503), tries: 1, unknown: true, want: "503"},
		"507":              {fail: status(507), tries: 1, want: "507"},
		"500":              {fail: status(500), tries: 1, unknown: true, want: "500"},
		"504":              {fail: status(504), tries: 1, unknown: true, want: "504"},
		"400":              {fail: status(400), tries: 1, want: "400"},
		"connection lost":  {fail: hangUp(""), tries: 1, unknown: true, want: "EOF"},
		"half an answer":   {fail: hangUp("HTTP/1.1 20"), tries: 1, unknown: true, want: "it is unknown whether the server carried the request out"},
		"stall":            {fail: func(_ http.ResponseWriter, r *http.Request) { drain(r); <-r.Context().Done() }, tries: 1, unknown: true, want: "has not answered"},
		"201 and a cut":    {fail: hangUp("HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"), tries: 1},
		"200":              {fail: func(w http.ResponseWriter, _ *http.Request) { write(w, "{}") }, tries: 1, unknown: true, want: "instead of a confirmation"},
		"200, empty":       {fail: func(http.ResponseWriter, *http.Request) {}, tries: 1, unknown: true, want: "an empty answer with 200"},
		"201, an error":    {fail: answerWith(201, `{"error":{"type":"x"}}`), tries: 1, unknown: true, want: "an error in an answer"},
		"201, a page":      {fail: answerWith(201, `<html>`), tries: 1, unknown: true, want: "an HTML page instead"},
		"201, empty":       {fail: answerWith(201, ``), tries: 1},
		"log-in page":      {fail: func(w http.ResponseWriter, _ *http.Request) { write(w, "<html>") }, tries: 1, unknown: true, want: "an HTML page"},
		"redirect to a GET": {fail: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?signature=hush", http.StatusFound)
		}, tries: 1, want: "the server redirects to /elsewhere?signature=REDACTED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, asked := failing(t, 1, test.fail, created)
			client := newTestClient(t, server, func(o *Options) { o.Timeout = 100 * time.Millisecond })
			err := client.Datasets().Push(t.Context(), mustRef(t, "~products"), []byte(`[{"a":1}]`))
			if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
			if errors.Is(err, ErrOutcomeUnknown) != test.unknown {
				t.Errorf("outcome unknown: %v, want %v (%v)", !test.unknown, test.unknown, err)
			}
			if asked.Load() != test.tries {
				t.Errorf("%d tries, want %d", asked.Load(), test.tries)
			}
		})
	}
}

// gateway is an answer of somebody on the way to the API, which may have carried
// the request out.
func gateway(code int) http.HandlerFunc { return answerWith(code, "<html><h1>Sorry</h1></html>") }

func answerWith(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		write(w, body)
	}
}

// net/http itself repeats requests on connections that turn out dead; a push
// that arrived must not be among them.
func TestPushIsNotReplayedOnAReusedConnection(t *testing.T) {
	var pushed atomic.Int32
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			goodDataset(w, r)
			return
		}
		pushed.Add(1)
		hangUp("")(w, r)
	})
	client := newTestClient(t, server)
	for n := range int32(5) {
		if _, err := client.Datasets().Get(t.Context(), mustRef(t, "~products")); err != nil {
			t.Fatal(err)
		}
		err := client.Datasets().Push(t.Context(), mustRef(t, "~products"), []byte(`[{"a":1}]`))
		if !errors.Is(err, ErrOutcomeUnknown) || pushed.Load() != n+1 {
			t.Fatalf("pushed %d times, want %d: %v", pushed.Load(), n+1, err)
		}
	}
}

// A transport that does not say how far it got may have delivered the request.
func TestPushThroughASilentTransport(t *testing.T) {
	client, err := New(Options{RetryDelay: time.Millisecond, Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, errors.New("something broke")
	})})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Datasets().Push(t.Context(), mustRef(t, "~products"), []byte(`[]`)); !errors.Is(err, ErrOutcomeUnknown) {
		t.Errorf("error is %v", err)
	}
}

// Whoever interrupts a push still learns what became of it, if the server says
// so soon enough.
func TestInterruptedPush(t *testing.T) {
	t.Parallel() // one of them takes as long as an answer is waited for
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   error
	}{
		"answered":     {created, nil},
		"refused":      {func(w http.ResponseWriter, _ *http.Request) { writeError(w, 400, "invalid-input") }, context.Canceled},
		"not answered": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ErrOutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
				drain(r)
				cancel()
				time.Sleep(10 * time.Millisecond) // whoever does not wait returns now
				c.answer(w, r)
			})
			err := newTestClient(t, server).Datasets().Push(ctx, mustRef(t, "~products"), []byte(`[]`))
			if !errors.Is(err, c.want) {
				t.Errorf("error is %v, want %v", err, c.want)
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v, and not that of the interruption", err)
			}
		})
	}
}

// A deadline is no interruption: it ends the request at once.
func TestDeadlineOfAPush(t *testing.T) {
	parent, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	ctx, end := outlive(parent, time.Hour)
	defer end()
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
		t.Errorf("ended by %v", cause)
	}
}

func TestPushRefusesWhatIsNotItems(t *testing.T) {
	client := newTestClient(t, newServer(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was made") }))
	for name, items := range map[string][]byte{
		"empty": nil, "text": []byte(`"x"`), "cut": []byte(`[1`), "two": []byte(`{}{}`),
		"large": bytes.Repeat([]byte(" "), MaxPushBytes+1),
	} {
		if err := client.Datasets().Push(t.Context(), mustRef(t, "~x"), items); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPushTriesTheNameAfterTheID(t *testing.T) {
	var paths []string
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		if strings.Contains(r.URL.Path, "~") {
			created(w, r)
			return
		}
		writeError(w, 404, "record-or-token-not-found")
	})
	client, ref := newTestClient(t, server), mustRef(t, "seventeenletters1")
	for range 2 {
		if err := client.Datasets().Push(t.Context(), ref, []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
	}
	want := "[/v2/datasets/seventeenletters1/items /v2/datasets/~seventeenletters1/items /v2/datasets/~seventeenletters1/items]"
	if got := fmt.Sprint(paths); got != want {
		t.Errorf("asked for %s", got)
	}
}
