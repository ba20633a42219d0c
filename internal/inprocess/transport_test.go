package inprocess

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func roundTrip(ctx context.Context, t *testing.T, method string, handler http.HandlerFunc) (*http.Response, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, "http://x/path?q=1", strings.NewReader("ping"))
	if err != nil {
		t.Fatal(err)
	}
	return New(handler).RoundTrip(request)
}

func TestTransportStreams(t *testing.T) {
	proceed := make(chan struct{})
	response, err := roundTrip(t.Context(), t, "POST", func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil || string(sent) != "ping" || r.Host != "x" || r.RequestURI != "/path?q=1" {
			t.Errorf("got %q, %v, %s, %s", sent, err, r.Host, r.RequestURI)
		}
		w.Header().Set("X-A", "1")
		w.WriteHeader(http.StatusAccepted)
		w.Header().Set("X-A", "2") // too late
		if _, err := io.WriteString(w, "first "); err != nil {
			t.Error(err)
		}
		<-proceed
		if _, err := io.WriteString(w, "second"); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != 202 || response.Header.Get("X-A") != "1" || response.ContentLength != -1 || response.Header.Get("Date") == "" {
		t.Errorf("%+v", response)
	}
	first := make([]byte, 6)
	if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "first " {
		t.Errorf("%q, %v", first, err)
	}
	close(proceed)
	rest, err := io.ReadAll(response.Body)
	if err != nil || string(rest) != "second" {
		t.Errorf("%q, %v", rest, err)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
}

func TestTransportEnds(t *testing.T) {
	for name, c := range map[string]struct {
		method  string
		handler http.HandlerFunc
		status  int // 0: no answer
		length  int64
		body    string
		err     error
	}{
		"nothing":      {"GET", func(http.ResponseWriter, *http.Request) {}, 200, 0, "", nil},
		"no content":   {"GET", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 204, 0, "", nil},
		"HEAD":         {"HEAD", func(w http.ResponseWriter, _ *http.Request) { declare(w, 3); write(w, "abc") }, 200, 3, "", nil},
		"with length":  {"GET", func(w http.ResponseWriter, _ *http.Request) { declare(w, 3); write(w, "abc") }, 200, 3, "abc", nil},
		"too short":    {"GET", func(w http.ResponseWriter, _ *http.Request) { declare(w, 4); write(w, "abc") }, 200, 4, "abc", io.ErrUnexpectedEOF},
		"abort":        {"GET", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, 0, "", io.ErrUnexpectedEOF},
		"late abort":   {"GET", func(w http.ResponseWriter, _ *http.Request) { write(w, "abc"); panic(http.ErrAbortHandler) }, 200, -1, "abc", io.ErrUnexpectedEOF},
		"only flushed": {"GET", func(w http.ResponseWriter, _ *http.Request) { flush(w) }, 200, -1, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := roundTrip(t.Context(), t, c.method, c.handler)
			if c.status == 0 {
				if !errors.Is(err, c.err) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(response.Body)
			if response.StatusCode != c.status || response.ContentLength != c.length || string(text) != c.body || !errors.Is(err, c.err) {
				t.Errorf("%d, length %d, %q, %v", response.StatusCode, response.ContentLength, text, err)
			}
			if err := response.Body.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	_, err := roundTrip(t.Context(), t, "GET", func(http.ResponseWriter, *http.Request) { panic("a bug") }) //nolint:bodyclose // there is none
	if err == nil || !strings.Contains(err.Error(), "a bug") {
		t.Errorf("got %v", err)
	}
}

func declare(w http.ResponseWriter, length int) {
	w.Header().Set("Content-Length", string(rune('0'+length)))
}

func write(w http.ResponseWriter, text string) { _, _ = io.WriteString(w, text) }

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// Whoever closes the body, or ends the context, stops the handler.
func TestTransportStops(t *testing.T) {
	for name, stop := range map[string]func(*http.Response, context.CancelFunc){
		"close":  func(r *http.Response, _ context.CancelFunc) { _ = r.Body.Close() },
		"cancel": func(_ *http.Response, cancel context.CancelFunc) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stopped := make(chan error, 1)
			response, err := roundTrip(ctx, t, "GET", func(w http.ResponseWriter, r *http.Request) {
				for {
					if _, err := io.WriteString(w, "more"); err != nil {
						<-r.Context().Done()
						stopped <- err
						return
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			stop(response, cancel)
			if err := <-stopped; err == nil {
				t.Error("no error")
			}
			if _, err := io.ReadAll(response.Body); err == nil {
				t.Error("a stopped body reads to its end")
			}
			if err := response.Body.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("before the answer", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := roundTrip(ctx, t, "GET", func(_ http.ResponseWriter, r *http.Request) { //nolint:bodyclose // there is none
			cancel()
			<-r.Context().Done()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}
