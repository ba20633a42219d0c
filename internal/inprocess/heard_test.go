package inprocess

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A handler that has made a change is heard, even if its caller has given up.
func TestHandlersAreHeard(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		err    error
	}{
		"success": {status: http.StatusCreated},
		"failure": {status: http.StatusInternalServerError, err: context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			response, err := roundTrip(ctx, t, "POST", func(w http.ResponseWriter, _ *http.Request) {
				cancel()
				time.Sleep(10 * time.Millisecond) // whoever does not wait returns now
				w.WriteHeader(c.status)
			})
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			if response.StatusCode != c.status {
				t.Errorf("status %d, want %d", response.StatusCode, c.status)
			}
			if err := response.Body.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A handler that reads a body whose source is silent ends with the request.
func TestSilentBody(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	source, input := io.Pipe()
	defer func() { _ = input.Close() }()
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://x/", source)
	if err != nil {
		t.Fatal(err)
	}
	transport := New(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text := make([]byte, 5)
		if _, err := io.ReadFull(r.Body, text); err != nil || string(text) != "hello" {
			t.Errorf("read %q, %v", text, err)
		}
		cancel()
		if _, err := r.Body.Read(text); !errors.Is(err, context.Canceled) {
			t.Errorf("reading on ended with %v", err)
		}
	}))
	go func() { _, _ = io.Copy(input, strings.NewReader("hello")) }()
	if _, err := transport.RoundTrip(request); !errors.Is(err, context.Canceled) { //nolint:bodyclose // there is none
		t.Errorf("the request ended with %v", err)
	}
	if err := transport.Close(); err != nil {
		t.Error(err)
	}
}

// Close waits for handlers whose answers nobody reads.
func TestCloseWaits(t *testing.T) {
	returned := false
	transport := New(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "an answer")
		<-r.Context().Done()
		returned = true
	}))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transport.RoundTrip(request); err != nil { //nolint:bodyclose // that is what it is about
		t.Fatal(err)
	}
	if err := transport.Close(); err != nil || !returned {
		t.Errorf("closed with %v; the handler has returned: %t", err, returned)
	}
}
