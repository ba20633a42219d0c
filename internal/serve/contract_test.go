package serve

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// The API's limit for bodies, decompressed.
const mostBytes = 9_437_184

func packed(t *testing.T, text string) string {
	t.Helper()
	var body bytes.Buffer
	writer := gzip.NewWriter(&body)
	_, err := writer.Write([]byte(text))
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return body.String()
}

// bomb is a body that becomes a thousand times as much: 200 MB.
func bomb(t *testing.T) string {
	t.Helper()
	return packed(t, strings.Repeat("x", 200<<20))
}

// batch is a body of so many requests.
func batch(count int) string {
	requests := make([]string, count)
	for i := range requests {
		requests[i] = fmt.Sprintf(`{"url":"https://example.com/%d","uniqueKey":"k%d"}`, i, i)
	}
	return "[" + strings.Join(requests, ",") + "]"
}

// What is wrong is said with the API's statuses and types.
func TestErrors(t *testing.T) {
	s := newSite(t, Options{}, "token")
	for _, path := range []string{"/datasets?name=d", "/key-value-stores?name=s", "/request-queues?name=q"} {
		s.want(201, "", "POST", path, "token", "")
	}
	long := strings.Repeat("a", 64)
	request := `{"url":"https://example.com","uniqueKey":"x"}`
	largeItem := `{"a":"` + strings.Repeat("x", mostBytes) + `"}`
	for _, c := range []struct {
		status             int
		kind, method, path string
		body               string
		header             []string
	}{
		{400, "invalid-value", "POST", "/datasets?name=", "", nil},
		{400, "invalid-value", "POST", "/datasets?name=" + long, "", nil},
		{201, "", "POST", "/datasets?name=" + long[1:], "", nil},
		{200, "", "POST", "/datasets?name=" + strings.ToUpper(long[1:]), "", nil}, // names know no case
		{400, "invalid-value", "POST", "/datasets?name=a_b", "", nil},
		{400, "invalid-value", "POST", "/datasets?name=-a", "", nil},
		{400, "invalid-value", "PUT", "/datasets/~d", `{"name":"a b"}`, nil},
		{400, "invalid-value", "PUT", "/datasets/~d", `{"generalAccess":"EVERYBODY"}`, nil},
		{400, "name-not-unique", "PUT", "/datasets/~d", `{"name":"` + long[1:] + `"}`, nil},
		{400, "invalid-request", "PUT", "/datasets/~d", `[]`, nil},
		{400, "invalid-request", "PUT", "/datasets/~d", `{`, nil},
		{404, "record-not-found", "PUT", "/datasets/~none", `{"name":"x"}`, nil},
		{404, "record-not-found", "DELETE", "/datasets/~none", "", nil},
		{404, "record-not-found", "GET", "/datasets/AAAAAAAAAAAAAAAAA", "", nil},
		{400, "invalid-value", "GET", "/datasets?limit=x", "", nil},
		{400, "invalid-value", "GET", "/datasets?offset=-1", "", nil},
		{400, "invalid-value", "GET", "/datasets/~d/items?format=pdf", "", nil},
		{400, "invalid-value", "GET", "/datasets/~d/items?desc=maybe", "", nil},
		{400, "invalid-value", "POST", "/datasets/~d/items", `1`, nil},
		{400, "invalid-value", "POST", "/datasets/~d/items", `[{},1]`, nil},
		{400, "invalid-value", "POST", "/datasets/~d/items", `{"a":`, nil},
		{404, "record-not-found", "POST", "/datasets/~none/items", `{}`, nil},
		{413, "request-too-large", "POST", "/datasets/~d/items", largeItem, nil},
		{413, "request-too-large", "POST", "/datasets/~d/items", packed(t, largeItem), []string{"Content-Encoding", "gzip"}},
		{201, "", "POST", "/datasets/~d/items", packed(t, largeItem[:6]+largeItem[14:]), []string{"Content-Encoding", "gzip"}},
		{415, "unsupported-content-encoding", "POST", "/datasets/~d/items", `{}`, []string{"Content-Encoding", "zstd"}},
		{400, "invalid-request", "POST", "/datasets/~d/items", `{}`, []string{"Content-Encoding", "gzip"}},
		{415, "unsupported-content-encoding", "PUT", "/key-value-stores/~s/records/k", `{}`, []string{"Content-Encoding", "zstd"}},
		{400, "invalid-record-key", "PUT", "/key-value-stores/~s/records/a%20b", `{}`, nil},
		{400, "invalid-record-key", "PUT", "/key-value-stores/~s/records/" + strings.Repeat("k", 257), `{}`, nil},
		{201, "", "PUT", "/key-value-stores/~s/records/" + strings.Repeat("k", 256), `{}`, nil},
		{201, "", "PUT", "/key-value-stores/~s/records/%2E%2E", `{}`, nil},
		{404, "record-not-found", "GET", "/key-value-stores/~s/records/none", "", nil},
		{404, "", "HEAD", "/key-value-stores/~s/records/none", "", nil},
		{404, "record-not-found", "PUT", "/key-value-stores/~none/records/k", `{}`, nil},
		{204, "", "DELETE", "/key-value-stores/~s/records/none", "", nil},
		{404, "record-not-found", "DELETE", "/key-value-stores/~none/records/k", "", nil},
		{200, "", "GET", "/key-value-stores/~s/keys?limit=0", "", nil},
		{400, "invalid-value", "GET", "/key-value-stores/~s/keys?collection=none", "", nil},
		{201, "", "POST", "/request-queues/~q/requests/batch", batch(25), nil},
		{201, "", "POST", "/request-queues/~q/requests/batch", packed(t, batch(25)), []string{"Content-Encoding", "gzip"}},
		{400, "invalid-request", "POST", "/request-queues/~q/requests/batch", batch(26), nil},
		{400, "invalid-request", "POST", "/request-queues/~q/requests/batch", `[]`, nil},
		{400, "invalid-request", "DELETE", "/request-queues/~q/requests/batch", batch(26), nil},
		{413, "request-too-large", "POST", "/request-queues/~q/requests", largeItem, nil},
		{400, "invalid-request", "POST", "/request-queues/~q/requests", `{"url":`, nil},
		{400, "request-id-invalid", "PUT", "/request-queues/~q/requests/AAAAAAAAAAAAAAA", request, nil},
		{404, "record-not-found", "GET", "/request-queues/~q/requests/AAAAAAAAAAAAAAA", "", nil},
		{404, "record-not-found", "DELETE", "/request-queues/~q/requests/AAAAAAAAAAAAAAA", "", nil},
		{400, "invalid-value", "POST", "/request-queues/~q/head/lock", "", nil},
		{400, "invalid-value", "POST", "/request-queues/~q/head/lock?lockSecs=1&limit=26", "", nil},
		{400, "invalid-client-key", "POST", "/request-queues/~q/head/lock?lockSecs=1&clientKey=" + long, "", nil},
		{200, "", "GET", "/request-queues/~q/head?limit=1001", "", nil},
		{200, "", "GET", "/request-queues/~q/head?limit=0", "", nil},
		{201, "", "POST", "/request-queues/~q/head/lock?lockSecs=1&limit=0", "", nil},
		{400, "invalid-request", "POST", "/request-queues/~q/requests", `{"url":"https://example.com","uniqueKey":"m","method":"FLY"}`, nil},
		{400, "invalid-value", "GET", "/request-queues/~q/requests?filter=done", "", nil},
		{400, "invalid-value", "GET", "/request-queues/~q/requests?filter=pending&exclusiveStartId=AAAAAAAAAAAAAAA", "", nil},
		{404, "record-not-found", "PUT", "/request-queues/~q/requests/AAAAAAAAAAAAAAA/lock?lockSecs=1", "", nil},
		{405, "method-not-allowed", "GET", "/datasets?method=FLY", "", nil},
		{405, "method-not-allowed", "POST", "/datasets?method=PATCH", "", nil},
		{405, "method-not-allowed", "PATCH", "/datasets/~d", "", nil},
		{404, "page-not-found", "GET", "/nothing", "", nil},
		{405, "not-offered-locally", "POST", "/acts/a/runs", "", nil},
		{404, "not-offered-locally", "GET", "/schedules", "", nil},
		{204, "", "OPTIONS", "/datasets/~d", "", nil},
		{201, "", "POST", "/datasets/~d/items", packed(t, `{}`), []string{"Content-Encoding", "GZIP"}},
		{201, "", "POST", "/datasets/~d/items", packed(t, `{}`), []string{"Content-Encoding", "x-gzip"}},
		{413, "request-too-large", "PUT", "/key-value-stores/~s/records/bomb", bomb(t), []string{"Content-Encoding", "gzip"}},
		{404, "record-not-found", "GET", "/key-value-stores/~s/records/bomb", "", nil},
	} {
		got, err := s.try(c.method, c.path, "token", c.body, c.header...)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%s %.80s %.40s", c.method, c.path, c.body)
		if got.status != c.status {
			t.Errorf("%s: %d %.200s, want %d", name, got.status, got.body, c.status)
			continue
		}
		if limit, err := strconv.Atoi(got.header.Get("X-RateLimit-Limit")); err != nil || limit <= 0 {
			t.Errorf("%s: %v", name, got.header)
		}
		if c.kind == "" {
			continue
		}
		var envelope struct {
			Error struct{ Type, Message string }
		}
		if err := json.Unmarshal([]byte(got.body), &envelope); err != nil || envelope.Error.Type != c.kind || envelope.Error.Message == "" {
			t.Errorf("%s: %s, want %s", name, got.body, c.kind)
		}
	}
}

// The wording is the platform's: tests of clients look for it.
func TestRefusals(t *testing.T) {
	s := newSite(t, Options{}, "token", "eve=other")
	for collection, kind := range map[string]string{"datasets": "dataset", "key-value-stores": "key-value store", "request-queues": "request queue"} {
		hers := s.want(201, "", "POST", "/"+collection, "other", "").object(t)
		s.want(403, "Insufficient permissions for the "+kind+". Make sure you're passing a correct API token and that it has the required permissions.",
			"GET", "/"+collection+"/"+hers.ID, "token", "")
	}
}

func TestHeaders(t *testing.T) {
	s := newSite(t, Options{}, "token")
	made := s.want(201, "", "POST", "/datasets?name=d", "token", "")
	if location := made.header.Get("Location"); location != s.url+"/datasets/"+made.object(t).ID {
		t.Errorf("Location %s", location)
	}
	s.want(201, "", "POST", "/datasets/~d/items", "token", `[{"n":1},{"n":2},{"n":3}]`)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for query, want := range map[string]string{
			"":                         "0 999999999999 3 3 false",
			"?offset=1&limit=1":        "1 1 1 3 false",
			"?offset=9&limit=5&desc=1": "9 5 0 3 true",
		} {
			got := s.want(200, "", method, "/datasets/~d/items"+query, "token", "")
			pagination := make([]string, 0, 5)
			for _, name := range []string{"Offset", "Limit", "Count", "Total", "Desc"} {
				pagination = append(pagination, got.header.Get("X-Apify-Pagination-"+name))
			}
			if text := strings.Join(pagination, " "); text != want {
				t.Errorf("%s %s: %s, want %s", method, query, text, want)
			}
		}
	}
	s.want(201, "", "POST", "/key-value-stores?name=s", "token", "")
	s.want(201, "", "PUT", "/key-value-stores/~s/records/k", "token", "0123456789", "Content-Type", "text/plain")
	whole := s.want(200, "0123456789", "GET", "/key-value-stores/~s/records/k", "token", "")
	if head := s.want(200, "", "HEAD", "/key-value-stores/~s/records/k", "token", ""); head.header.Get("Content-Length") != "10" || head.body != "" ||
		head.header.Get("Content-Type") != "text/plain" {
		t.Errorf("%v %q", head.header, head.body)
	}
	part := s.want(206, "", "GET", "/key-value-stores/~s/records/k", "token", "", "Range", "bytes=3-5", "If-Range", whole.header.Get("ETag"))
	if part.body != "345" || part.header.Get("Content-Range") != "bytes 3-5/10" {
		t.Errorf("%v %q", part.header, part.body)
	}
	s.want(416, "", "GET", "/key-value-stores/~s/records/k", "token", "", "Range", "bytes=20-")
	s.want(200, "0123456789", "GET", "/key-value-stores/~s/records/k", "token", "", "Range", "bytes=3-5", "If-Range", `"other"`)
	attached := s.want(200, "", "GET", "/key-value-stores/~s/records/k?attachment=1", "token", "")
	if !strings.HasPrefix(attached.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v", attached.header)
	}
}

// Owners get links to records that work without a token; others do not.
func TestRecordLinks(t *testing.T) {
	s := newSite(t, Options{}, "token", "eve=other")
	store := s.want(201, "", "POST", "/key-value-stores?name=s", "token", "").object(t)
	s.want(201, "", "PUT", "/key-value-stores/~s/records/it's", "token", "value", "Content-Type", "text/plain")
	link := func(token, query string) string {
		var page struct {
			Data struct {
				Items []struct{ RecordPublicURL string }
			}
		}
		got := s.want(200, "", "GET", "/key-value-stores/"+store.ID+"/keys"+query, token, "")
		if err := json.Unmarshal([]byte(got.body), &page); err != nil || len(page.Data.Items) != 1 {
			t.Fatalf("%s %v", got.body, err)
		}
		path, ok := strings.CutPrefix(page.Data.Items[0].RecordPublicURL, s.url)
		if !ok {
			t.Fatal(got.body)
		}
		return path
	}
	s.want(200, "value", "GET", link("token", ""), "", "")
	s.want(200, "", "PUT", "/key-value-stores/~s", "token", `{"generalAccess":"ANYONE_WITH_ID_CAN_READ"}`)
	if public := link("other", ""); strings.Contains(public, "signature") {
		t.Error(public)
	}
	s.want(200, "value", "GET", link("other", ""), "", "")
}
