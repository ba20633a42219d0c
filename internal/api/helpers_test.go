package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const testID = "WkzbQMuFYuamGv3YF"

// newTestClient talks to the server with short waits.
func newTestClient(t *testing.T, server *httptest.Server, change ...func(*Options)) *Client {
	t.Helper()
	transport := NetworkTransport()
	t.Cleanup(transport.CloseIdleConnections)
	o := Options{BaseURL: server.URL, Token: "the-token", Transport: transport, RetryDelay: time.Millisecond}
	for _, c := range change {
		c(&o)
	}
	client, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func newServer(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server
}

func mustRef(t testing.TB, text string) Ref {
	t.Helper()
	ref, err := ParseRef(KindDataset, text)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// roundTripper is an http.RoundTripper from a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// inProcess answers without a network, so that synctest controls the time.
func inProcess(handle http.HandlerFunc) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		w := httptest.NewRecorder()
		handle(w, r)
		return w.Result(), nil
	}
}

func datasetJSON(id, name string) string {
	return fmt.Sprintf(`{"id":%q,"name":%q,"createdAt":"2024-01-02T03:04:05.678Z","itemCount":7}`, id, name)
}

func writeData(w http.ResponseWriter, data string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	write(w, fmt.Sprintf(`{"data":%s}`, data))
}

func writeError(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	write(w, fmt.Sprintf(`{"error":{"type":%q,"message":"It did not work."}}`, kind))
}

// itemServer is a dataset of numbered items whose behaviour tests change.
type itemServer struct {
	mu       sync.Mutex
	stored   int64                 // how many items there are
	total    func(asked int) int64 // what the answer to the n-th request says; nil: stored; <0: no header
	limit    int64                 // the server's own limit; 0: none
	item     func(i int64) string
	before   func(asked int, w http.ResponseWriter, r *http.Request) (done bool)
	requests []string // offset+limit of each
}

func (s *itemServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	offset, _ := strconv.ParseInt(r.FormValue("offset"), 10, 64)
	limit, err := strconv.ParseInt(r.FormValue("limit"), 10, 64)
	if err != nil {
		limit = 999999999999
	}
	s.mu.Lock()
	s.requests = append(s.requests, fmt.Sprintf("%d+%d", offset, limit))
	asked := len(s.requests)
	s.mu.Unlock()
	if s.before != nil && s.before(asked, w, r) {
		return
	}
	if s.limit > 0 {
		limit = min(limit, s.limit)
	}
	s.mu.Lock()
	total, stored := s.stored, s.stored
	if s.total != nil {
		total = s.total(asked)
		stored = s.stored
	}
	s.mu.Unlock()
	header := w.Header()
	header.Set("X-Apify-Pagination-Offset", strconv.FormatInt(offset, 10))
	header.Set("X-Apify-Pagination-Limit", strconv.FormatInt(limit, 10))
	header.Set("X-RateLimit-Limit", "100000")
	if total >= 0 {
		header.Set("X-Apify-Pagination-Total", strconv.FormatInt(total, 10))
	}
	var body strings.Builder
	body.WriteByte('[')
	for i := offset; i < min(offset+limit, stored); i++ {
		if i > offset {
			body.WriteByte(',')
		}
		if s.item != nil {
			body.WriteString(s.item(i))
		} else {
			fmt.Fprintf(&body, `{"n":%d}`, i)
		}
	}
	body.WriteByte(']')
	write(w, body.String())
}

// asked are the requests that arrived so far.
func (s *itemServer) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// collect reads all pages and returns the numbers of the items.
func collect(t *testing.T, c *Client, ref Ref, o ItemsOptions) ([]int64, error) {
	t.Helper()
	var all []int64
	for page, err := range c.Datasets().Pages(t.Context(), ref, o) {
		if err != nil {
			return all, err
		}
		var items []struct{ N int64 }
		if err := json.Unmarshal(page.Data, &items); err != nil {
			t.Fatal(err)
		}
		if len(items) != page.Count {
			t.Fatalf("page says %d items and has %d", page.Count, len(items))
		}
		for _, item := range items {
			all = append(all, item.N)
		}
	}
	return all, nil
}

// wantRange checks that got is from, from+1, … to-1.
func wantRange(t *testing.T, got []int64, from, to int64) {
	t.Helper()
	if int64(len(got)) != to-from {
		t.Fatalf("got %d items, want %d", len(got), to-from)
	}
	for i, n := range got {
		if n != from+int64(i) {
			t.Fatalf("item %d is number %d, want %d", i, n, from+int64(i))
		}
	}
}

// write, drain and end are for servers, whose clients may be gone on purpose.
func write(w io.Writer, text string) { _, _ = io.WriteString(w, text) }

func drain(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }

func end(c io.Closer) { _ = c.Close() }
