// Package localtest has what the tests of all kinds of local storages need: a
// directory that another process would open, and a client of it.
package localtest

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/inprocess"
	"github.com/apifyctl/apifyctl/internal/local"
)

// Open opens a directory until the test ends. What is logged goes to told.
func Open(t testing.TB, dir string, served bool, told io.Writer) (*local.Handler, *http.Client) {
	t.Helper()
	handler, err := local.Open(dir, local.Options{Served: served, Logger: slog.New(slog.NewTextHandler(told, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = handler.Close() }) // it may be closed already
	return handler, &http.Client{Transport: inprocess.New(handler)}
}

// Ask sends a request for something below /v2. An answer of another status ends
// the test.
func Ask(t testing.TB, client *http.Client, status int, method, path, body, contentType string) (string, http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://storage.test/v2"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil || response.Body.Close() != nil || response.StatusCode != status {
		t.Fatalf("%s %s: status %d, want %d: %s, %v", method, path, response.StatusCode, status, text, err)
	}
	return string(text), response.Header
}
