package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/andybalholm/brotli"
)

func TestBaseURL(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "https://api.apify.com/v2",
		"https://api.apify.com":         "https://api.apify.com/v2",
		"https://api.apify.com/":        "https://api.apify.com/v2",
		"https://api.apify.com/v2":      "https://api.apify.com/v2",
		"https://api.apify.com/v2/":     "https://api.apify.com/v2",
		"http://localhost:8080/apify//": "http://localhost:8080/apify/v2",
	} {
		if u, err := parseBaseURL(text); err != nil || u.String() != want {
			t.Errorf("%q: %v, %v, want %s", text, u, err, want)
		}
	}
	for _, text := range []string{"api.apify.com", "ftp://x", "https://", "https://hush@api.apify.com", "https://jane:hush@[x", "https://api.apify.com?token=hush", "https://x/#hush"} {
		if _, err := New(Options{BaseURL: text}); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := New(Options{Token: "hush\r\nX: y"}); err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("token with a line break: %v", err)
	}
}

func TestTokenStaysWithItsHost(t *testing.T) {
	other := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("another host got %v", r.Header)
		}
		goodDataset(w, r)
	})
	for _, code := range []int{301, 302, 307, 308} {
		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization"); got != "Bearer the-token" {
				t.Errorf("the API got %q", got)
			}
			if r.URL.Path == "/v2/datasets/~here" {
				http.Redirect(w, r, "/v2/datasets/~there", code)
				return
			}
			http.Redirect(w, r, other.URL+"/v2/x?signature=s", code)
		})
		if _, err := newTestClient(t, server).Datasets().Get(t.Context(), mustRef(t, "~here")); err != nil {
			t.Error(err)
		}
	}
}

func TestNoTokenNoHeader(t *testing.T) {
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if _, ok := r.Header["Authorization"]; ok || r.UserAgent() != "tester/1" {
			t.Errorf("got %v", r.Header)
		}
		goodDataset(w, r)
	})
	client := newTestClient(t, server, func(o *Options) { o.Token = ""; o.UserAgent = "tester/1" })
	if _, err := client.Datasets().Get(t.Context(), mustRef(t, "~x")); err != nil {
		t.Error(err)
	}
}

func TestCompressedAnswers(t *testing.T) {
	for encoding, writer := range map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"br":   func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) },
	} {
		s := &itemServer{stored: 5000}
		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if !strings.Contains(r.Header.Get("Accept-Encoding"), encoding) {
				t.Errorf("accepts %q", r.Header.Get("Accept-Encoding"))
			}
			plain := httptest.NewRecorder()
			s.ServeHTTP(plain, r)
			for name, values := range plain.Header() {
				w.Header()[name] = values
			}
			w.Header().Set("Content-Encoding", encoding)
			z := writer(w)
			write(z, plain.Body.String())
			end(z)
		})
		got, err := collect(t, newTestClient(t, server), mustRef(t, "~x"), ItemsOptions{PageSize: 500})
		if err != nil {
			t.Fatal(encoding, err)
		}
		wantRange(t, got, 0, 5000)
	}
}

func TestErrors(t *testing.T) {
	page := "<!doctype html><html>" + strings.Repeat("blah ", 10_000)
	for body, want := range map[string]string{
		`{"error":{"type":"record-not-found","message":"Dataset was not found."}}`: "Dataset was not found (404 record-not-found)",
		`{"error":{"type":"record-or-token-not-found","message":"No such thing"}}`: "No such thing (404 record-or-token-not-found)",
		page:                   "not found, with an HTML page instead of the API's own message (404)",
		"":                     "not found (404)",
		"404 page not found\n": "not found, with text instead of the API's own message (404)",
		`{"message":"other"}`:  "not found, with a JSON object instead of the API's own message (404)",
		`{"error":{"type":"x","message":"` + strings.Repeat("é", 5000) + `"}}`:                                      strings.Repeat("é", 250) + "… (404 x)",
		`{"error":{"type":"schema-validation-error","message":"Bad","data":{"invalidItems":[{"itemPosition":3}]}}}`: "Bad (404 schema-validation-error)",
	} {
		server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			write(w, body)
		})
		_, err := newTestClient(t, server).Datasets().Get(t.Context(), mustRef(t, "~x"))
		var e *Error
		if !errors.As(err, &e) || err.Error() != want || !utf8.ValidString(err.Error()) {
			t.Errorf("error is %v\nwant %s", err, want)
			continue
		}
		if IsNotFound(err) != strings.Contains(body, `"type"`) || !hasStatus(err, http.StatusNotFound) || IsForbidden(err) || IsUnauthorized(err) || e.Method != http.MethodGet || e.Path != "/v2/datasets/~x" {
			t.Errorf("got %+v", e)
		}
		if strings.Contains(body, "invalidItems") != (string(e.Data) == `{"invalidItems":[{"itemPosition":3}]}`) {
			t.Errorf("data is %s", e.Data)
		}
	}
}

func TestLog(t *testing.T) {
	var tries atomic.Int32
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if tries.Add(1) == 1 {
			w.Header().Set("Location", "/x?signature=hush")
			w.Header().Set("Set-Cookie", "hush")
			writeError(w, 500, "internal")
			return
		}
		goodDataset(w, r)
	})
	for level, want := range map[slog.Level]int{slog.LevelError: 0, slog.LevelInfo: 2, slog.LevelDebug: 6} {
		tries.Store(0)
		var out bytes.Buffer
		client := newTestClient(t, server, func(o *Options) {
			o.Token = "hush"
			o.Logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level}))
		})
		ref, err := ParseRef(KindDataset, server.URL+"/v2/acts/a~b/runs/last/dataset?token=hush&status=READY")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Datasets().Get(t.Context(), ref); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if got := strings.Count(text, "\n"); got != want || strings.Contains(text, "hush") || level == slog.LevelDebug && !strings.Contains(text, "Authorization:["+redacted) {
			t.Errorf("%s: %d lines, want %d:\n%s", level, got, want, text)
		}
		if want > 0 {
			for _, part := range []string{"method=GET", "/v2/acts/a~b/runs/last/dataset?status=READY", "status=500", "status=200", "try=1", "try=2", "duration=", "bytes="} {
				if !strings.Contains(text, part) {
					t.Errorf("%s: no %s in\n%s", level, part, text)
				}
			}
		}
	}
}

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"äöü", 3, "ä…"}, {"äöü", 4, "äö…"}, {"ä", 1, "…"}, {"a\xffb", 9, "a\ufffdb"},
	} {
		if got := shorten(test.text, test.limit); got != test.want {
			t.Errorf("%q to %d bytes: %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

func TestStatusInWords(t *testing.T) {
	elsewhere := http.Header{"Location": {"https://a.test/x?token=hush"}}
	for _, test := range []struct {
		status int
		header http.Header
		body   string
		want   string
	}{
		{302, elsewhere, "<html>", "found: the server redirects to https://a.test/x"},
		{302, nil, "", "found"},
		{400, elsewhere, " ", "bad request"},
		{502, nil, "\ufeff <!DOCTYPE HTML>", "bad gateway, with an HTML page instead of the API's own message"},
		{599, nil, "{}", "unknown status, with a JSON object instead of the API's own message"},
	} {
		got := describeStatus(&response{status: test.status, header: test.header, body: []byte(test.body)})
		if !strings.HasPrefix(got, test.want) || strings.Contains(got, "hush") {
			t.Errorf("%d: %q, want %q", test.status, got, test.want)
		}
	}
}

// As many redirects are followed as are allowed, and no more.
func TestRedirectsEnd(t *testing.T) {
	for redirects, follows := range map[int]bool{maxRedirects: true, maxRedirects + 1: false} {
		left := redirects
		server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if left--; left >= 0 {
				http.Redirect(w, r, r.URL.Path, http.StatusFound)
				return
			}
			goodDataset(w, r)
		})
		_, err := newTestClient(t, server).Datasets().Get(t.Context(), mustRef(t, testID))
		if (err == nil) != follows {
			t.Errorf("%d redirects: %v", redirects, err)
		}
	}
}

func TestRedactURLText(t *testing.T) {
	for text, want := range map[string]string{
		"https://a/b?x=1&token=t&Signature=s#f": "https://a/b?x=1&token=REDACTED&Signature=REDACTED",
		"https://jane:pw@a/b":                   "https://a/b",
		"jane:pw@a":                             "a",
		"/x?X-Amz-Credential=c&sig=1&to%6ben=t": "/x?X-Amz-Credential=REDACTED&sig=REDACTED&to%6ben=REDACTED",
		"/x?%zz=t":                              "/x?%zz=REDACTED",
		"plain":                                 "plain",
	} {
		if got := redactURLText(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestNetworkErrorsHoldNoQuery(t *testing.T) {
	client, err := New(Options{MaxTries: 1, Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("broke") })})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = client.Datasets().Create(t.Context(), "name")
	if err == nil || err.Error() != "broke" {
		t.Errorf("error is %v", err)
	}
}

// A reader that takes its time between reads does not stall.
func TestSlowReadersDoNotStall(t *testing.T) {
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 8 {
			write(w, "x")
			w.(http.Flusher).Flush()
			time.Sleep(30 * time.Millisecond)
		}
	})
	transport := &stallTimeout{next: NetworkTransport(), timeout: 150 * time.Millisecond}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer end(res.Body)
	time.Sleep(300 * time.Millisecond)
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "xxxxxxxx" {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestSendingThatStandsStill(t *testing.T) {
	stuck := roundTripper(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	client, err := New(Options{Transport: stuck, MaxTries: 1, Timeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	err = client.Datasets().Push(t.Context(), mustRef(t, "~x"), []byte(`[]`))
	if err == nil || !strings.Contains(err.Error(), "the server has not answered for 20ms") || errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestOneClientForManyGoroutines(t *testing.T) {
	s := &itemServer{stored: 3000}
	client := newTestClient(t, newServer(t, s.ServeHTTP))
	var wait sync.WaitGroup
	for n := range 8 {
		wait.Go(func() {
			ref := mustRef(t, fmt.Sprint("dataset-", n))
			got, err := collect(t, client, ref, ItemsOptions{PageSize: 200})
			if err != nil || len(got) != 3000 {
				t.Errorf("%d items, %v", len(got), err)
			}
		})
	}
	wait.Wait()
}

// Addresses in headers lose what is secret in them, other headers are shown.
func TestRedactHeader(t *testing.T) {
	const address, shown = "https://example.com/x?signature=abc&n=1", "https://example.com/x?signature=" + redacted + "&n=1"
	for name, want := range map[string]string{
		"Location": shown, "Content-Location": shown, "Referer": shown, "Link": shown,
		"X-Other": address, "Authorization": redacted, "Cookie": redacted,
	} {
		header := http.Header{name: {address}}
		if got := redactHeader(header).Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if header.Get(name) != address {
			t.Errorf("%s: the request itself was changed", name)
		}
	}
}
