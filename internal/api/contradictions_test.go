package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/andybalholm/brotli"
)

// spoilt is a dataset of 1,500 items, of which the n-th answer has the headers of
// the honest one and another body.
func spoilt(t *testing.T, nth, times int, spoil func(items []string) string) *Client {
	t.Helper()
	var asked atomic.Int32
	return newTestClient(t, newServer(t, func(w http.ResponseWriter, r *http.Request) {
		offset, _ := strconv.Atoi(r.FormValue("offset"))
		limit, _ := strconv.Atoi(r.FormValue("limit"))
		var items []string
		for i := offset; i < min(offset+limit, 1500); i++ {
			items = append(items, fmt.Sprintf(`{"n":%d}`, i))
		}
		for name, n := range map[string]int{"Offset": offset, "Limit": limit, "Count": len(items), "Total": 1500} {
			w.Header().Set("X-Apify-Pagination-"+name, strconv.Itoa(n))
		}
		n := int(asked.Add(1))
		if n >= nth && n < nth+times {
			write(w, spoil(items))
			return
		}
		write(w, "["+strings.Join(items, ",")+"]")
	}))
}

func TestPageThatContradictsItsHeaders(t *testing.T) {
	join := func(items []string) string { return "[" + strings.Join(items, ",") + "]" }
	for name, spoil := range map[string]func([]string) string{
		"empty":    func([]string) string { return "[]" },
		"short":    func(items []string) string { return join(items[:len(items)-100]) },
		"one less": func(items []string) string { return join(items[1:]) },
		"doubled":  func(items []string) string { return join(append(items, items...)) },
		"one more": func(items []string) string { return join(append(items, items[0])) },
	} {
		for _, clean := range []bool{false, true} {
			o := ItemsOptions{PageSize: 500, Concurrency: 1, Clean: clean}
			t.Run(fmt.Sprintf("%s, clean %v, once", name, clean), func(t *testing.T) {
				t.Parallel()
				got, err := collect(t, spoilt(t, 2, 1, spoil), mustRef(t, "~x"), o)
				if err != nil {
					t.Fatal(err)
				}
				wantRange(t, got, 0, 1500)
			})
		}
		t.Run(name+", always", func(t *testing.T) {
			t.Parallel()
			_, err := collect(t, spoilt(t, 2, 1000, spoil), mustRef(t, "~x"), ItemsOptions{PageSize: 500, Concurrency: 1})
			if err == nil || !strings.HasPrefix(err.Error(), "unexpected answer: ") {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestItemsThatAreNotUTF8(t *testing.T) {
	client := spoilt(t, 1, 1, func(items []string) string {
		return "[" + strings.Replace(strings.Join(items, ","), "n", "\xe4", 1) + "]"
	})
	_, err := collect(t, client, mustRef(t, "~x"), ItemsOptions{PageSize: 500, Concurrency: 1})
	if err == nil || !strings.Contains(err.Error(), "not UTF-8") {
		t.Errorf("error is %v", err)
	}
}

// Some servers may count a filtered page's items before they are filtered.
func TestCountOfFilteredPagesMayBeAnother(t *testing.T) {
	client := spoilt(t, 1, 1000, func(items []string) string {
		if len(items) == 0 {
			return "[]"
		}
		return "[" + strings.Join(items[1:], ",") + "]"
	})
	got, err := collect(t, client, mustRef(t, "~x"), ItemsOptions{PageSize: 500, Clean: true, Concurrency: 1})
	if err != nil || len(got) != 1497 {
		t.Errorf("%d items, %v", len(got), err)
	}
}

// Of filtered pages, a total that is behind must neither repeat nor lose items.
func TestFilteredPagesWithATotalThatIsBehind(t *testing.T) {
	for behind := range 4 {
		s := &itemServer{stored: 1500, total: func(asked int) int64 {
			if asked == behind+1 {
				return 300
			}
			return 1500
		}}
		got, err := collect(t, newTestClient(t, newServer(t, s.ServeHTTP)), mustRef(t, "~x"), ItemsOptions{Clean: true, PageSize: 500, Concurrency: 1})
		if err != nil {
			t.Fatalf("answer %d: %v", behind+1, err)
		}
		wantRange(t, got, 0, 1500)
	}
}

// A total that once was far too large is no reason to look for items for ever.
func TestFilteredPagesWithATotalThatLies(t *testing.T) {
	s := &itemServer{stored: 1500, total: func(asked int) int64 {
		if asked == 1 {
			return 1 << 50
		}
		return 1500
	}}
	got, err := collect(t, newTestClient(t, newServer(t, s.ServeHTTP)), mustRef(t, "~x"), ItemsOptions{Clean: true, PageSize: 500, Concurrency: 1})
	if err == nil || !strings.Contains(err.Error(), "a total of 1500 after one of") || len(s.asked()) > 20 {
		t.Errorf("%d items by %d requests, %v", len(got), len(s.asked()), err)
	}
}

// What is no answer to the question is an error, whatever its status.
func TestEmptyObjectsAreNoAnswers(t *testing.T) {
	client := newTestClient(t, newServer(t, func(w http.ResponseWriter, _ *http.Request) { writeData(w, `{}`) }))
	store, queue := client.KeyValueStores(), client.RequestQueues()
	storeRef, err := ParseRef(KindKeyValueStore, "~x")
	if err != nil {
		t.Fatal(err)
	}
	queueRef, err := ParseRef(KindRequestQueue, "~x")
	if err != nil {
		t.Fatal(err)
	}
	requests := []json.RawMessage{json.RawMessage(`{"url":"https://example.com","uniqueKey":"a"}`)}
	for name, call := range map[string]func() error{
		"list of storages": func() error {
			return lastError(client.Datasets().List(t.Context(), ListOptions{}))
		},
		"list of keys": func() error {
			return lastError(store.Keys(t.Context(), storeRef, KeysOptions{}))
		},
		"whether a store has keys": func() error { _, err := store.HasKeys(t.Context(), testID); return err },
		"list of requests": func() error {
			return lastError(queue.Requests(t.Context(), queueRef, RequestsOptions{Limit: 5}))
		},
		"head of a queue":   func() error { _, err := queue.Head(t.Context(), queueRef, 5); return err },
		"request":           func() error { _, err := queue.Request(t.Context(), queueRef, "abc"); return err },
		"update":            func() error { return queue.UpdateRequest(t.Context(), queueRef, "abc", requests[0], false) },
		"added requests":    func() error { _, _, err := queue.AddRequests(t.Context(), queueRef, requests, false); return err },
		"deleted requests":  func() error { _, err := queue.DeleteRequests(t.Context(), queueRef, []string{"abc"}); return err },
		"unlocked requests": func() error { _, err := queue.Unlock(t.Context(), queueRef, ""); return err },
		"account":           func() error { _, err := client.Me(t.Context()); return err },
		"run":               func() error { _, err := client.Run(t.Context(), "abc"); return err },
		"end of a run":      func() error { _, err := client.RunEnded(t.Context(), "abc"); return err },
		"Actor":             func() error { _, err := client.Actor(t.Context(), "abc"); return err },
		"deleted storage":   func() error { return client.Datasets().Delete(t.Context(), mustRef(t, "~x")) },
		"deleted record":    func() error { return store.DeleteRecord(t.Context(), storeRef, "k") },
		"stored record": func() error {
			return store.PutRecord(t.Context(), storeRef, "k", Upload{ContentType: "text/plain", Size: 1, Open: func() (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader("x")), nil
			}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := call(); err == nil || !strings.Contains(err.Error(), "unexpected answer: ") {
				t.Errorf("error is %v", err)
			}
		})
	}
}

// lastError is that which ended a list.
func lastError[T any](list iter.Seq2[T, error]) (last error) {
	for _, err := range list {
		last = err
	}
	return last
}

func TestListOfRequestsIsHeldAgainstTheQueue(t *testing.T) {
	for name, test := range map[string]struct {
		said, listed int
		fails        bool
	}{"all": {3, 3, false}, "more": {3, 5, false}, "none": {3, 0, true}, "fewer": {3, 2, true}, "empty": {0, 0, false}} {
		client := newTestClient(t, newServer(t, func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/requests") {
				writeData(w, fmt.Sprintf(`{"id":"abc","totalRequestCount":%d}`, test.said))
				return
			}
			items := make([]string, test.listed)
			for i := range items {
				items[i] = fmt.Sprintf(`{"id":"r%d"}`, i)
			}
			writeData(w, fmt.Sprintf(`{"items":[%s],"limit":10000}`, strings.Join(items, ",")))
		}))
		ref, err := ParseRef(KindRequestQueue, "~x")
		if err != nil {
			t.Fatal(err)
		}
		came := 0
		for _, err = range client.RequestQueues().Requests(t.Context(), ref, RequestsOptions{}) {
			if err == nil {
				came++
			}
		}
		if came != test.listed || (err != nil) != test.fails {
			t.Errorf("%s: %d requests, %v", name, came, err)
		}
	}
}

// Every answer has a bound, however small it is on the wire.
func TestBombsEnd(t *testing.T) {
	if testing.Short() {
		t.Skip("much data, and one goroutine")
	}
	t.Parallel()
	var zipped, br bytes.Buffer
	z, err := gzip.NewWriterLevel(&zipped, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	b := brotli.NewWriterLevel(&br, 1)
	head, filler := []byte(`{"data":{"id":"`), bytes.Repeat([]byte("x"), 1<<20)
	for _, w := range []io.Writer{z, b} {
		if _, err := w.Write(head); err != nil {
			t.Fatal(err)
		}
		for range maxAnswer>>20 + 1 {
			if _, err := w.Write(filler); err != nil {
				t.Fatal(err)
			}
		}
	}
	end(z)
	end(b)
	slow := os.Getenv("APIFYCTL_SLOW_TESTS") != ""
	for encoding, bomb := range map[string][]byte{"gzip": zipped.Bytes(), "br": br.Bytes()} {
		client := newTestClient(t, newServer(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", encoding)
			write(w, string(bomb))
		}))
		if slow || encoding == "gzip" {
			_, err := client.Datasets().Get(t.Context(), mustRef(t, "~x"))
			if !errors.Is(err, errTooLarge) || !strings.Contains(err.Error(), "the answer is larger than 256 MB") {
				t.Errorf("%s: %v", encoding, err)
			}
		}
		if slow || encoding == "br" {
			if _, err := collect(t, client, mustRef(t, "~x"), ItemsOptions{Limit: 20}); !errors.Is(err, errTooLarge) {
				t.Errorf("items, %s: %v", encoding, err)
			}
		}
	}
}

func TestPagesOfAnyListAreHeldAgainstThemselves(t *testing.T) {
	for name, test := range map[string]struct {
		query, data string
		fails       string // "" is taken
	}{
		"honest":            {"", `{"items":[1,2],"count":2,"total":2,"offset":0,"limit":1000}`, ""},
		"bare":              {"", `{"items":[1,2]}`, ""},
		"short":             {"", `{"items":[1],"count":2,"total":2,"offset":0,"limit":1000}`, "own count"},
		"doubled":           {"", `{"items":[1,2,1,2],"count":2}`, "own count"},
		"fewer than total":  {"", `{"items":[1],"total":2,"offset":0,"limit":1000}`, "instead of 2"},
		"another page":      {"offset=4", `{"items":[1],"total":1,"offset":0,"limit":1000}`, "offset 0 instead of 4"},
		"more than wanted":  {"limit=1", `{"items":[1,2]}`, "instead of the 1"},
		"keys":              {"", `{"items":[{"key":"a"},{"key":"b"}],"exclusiveStartKey":""}`, ""},
		"keys again":        {"exclusiveStartKey=b", `{"items":[{"key":"a"},{"key":"b"}]}`, `"a" behind "b"`},
		"the same cursor":   {"cursor=x", `{"items":[1],"nextCursor":"x"}`, "the one that just came"},
		"no items":          {"", `{}`, "without items"},
		"an empty envelope": {"", `null`, "without data"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newTestClient(t, newServer(t, func(w http.ResponseWriter, _ *http.Request) { writeData(w, test.data) }))
			query, err := url.ParseQuery(test.query)
			if err != nil {
				t.Fatal(err)
			}
			for _, failed := range client.RawPages(t.Context(), RawRequest{Method: http.MethodGet, Path: "/x", Query: query}) {
				err = failed
			}
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestURLOfAnotherServerIsRefused(t *testing.T) {
	for text, test := range map[string]struct {
		base  string
		taken bool
	}{
		"https://api.apify.com/v2/datasets/abc":          {"https://api.apify.com", true},
		"https://API.apify.com:443/v2/datasets/abc":      {"https://api.apify.com", true},
		"https://console.apify.com/storage/datasets/abc": {"https://api.apify.com", true},
		"http://127.0.0.1:3333/v2/datasets/abc":          {"https://api.apify.com", false},
		"http://127.0.0.1:3333/v2/datasets/abcd":         {"http://127.0.0.1:3333", true},
		"http://127.0.0.1:3334/v2/datasets/abc":          {"http://127.0.0.1:3333", false},
		"https://api.apify.com/v2/datasets/abcd":         {"http://127.0.0.1:3333", false},
		"https://console.apify.com/storage/datasets/ab":  {"http://local.invalid", false},
		"https://console.apify.com/storage/datasets/a":   {"http://10.0.0.7:8010", true},
		"https://api.apify.com.evil/v2/datasets/abc":     {"https://api.apify.com", false},
	} {
		asked := false
		client, err := New(Options{BaseURL: test.base, Transport: inProcess(func(w http.ResponseWriter, r *http.Request) {
			asked = true
			goodDataset(w, r)
		})})
		if err != nil {
			t.Fatal(err)
		}
		client.network = test.base != "http://local.invalid"
		_, err = client.Datasets().Get(t.Context(), mustRef(t, text))
		var refused *RefError
		if (err == nil) != test.taken || asked != test.taken || err != nil && !errors.As(err, &refused) {
			t.Errorf("%s with %s: %v", text, test.base, err)
		}
	}
}
