package local

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// FuzzEndpoints: whatever a client asks for, the handler answers as the API does,
// never with an error of its own making, and writes nothing outside of its
// directory.
func FuzzEndpoints(f *testing.F) {
	methods := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch}
	for _, seed := range []struct {
		method                          uint8
		path, query, body, kind, header string
	}{
		{0, "/datasets/~x/items", "format=csv&fields=a,b/c&unwind=a&clean=1&desc=1&offset=1&limit=2&delimiter=%3B", "", "", ""},
		{0, "/datasets/~x/items", "format=rss&flatten=a&omit=b&skipHidden=1&xmlRow=r&xmlRoot=x&bom=0", "", "", ""},
		{2, "/datasets/~x/items", "", `[{"a":1},{"a":[1,{"b":2}]}]`, "application/json", "gzip"},
		{2, "/datasets", "name=new", "", "", ""},
		{3, "/datasets/~x", "", `{"name":"y","generalAccess":"RESTRICTED"}`, "application/json", ""},
		{0, "/datasets/~x/statistics", "", "", "", ""},
		{0, "/key-value-stores/~x/keys", "limit=2&exclusiveStartKey=KEY&prefix=K", "", "", ""},
		{3, "/key-value-stores/~x/records/KEY", "", "value", "text/plain; charset=utf-8", ""},
		{0, "/key-value-stores/~x/records", "", "", "", "bytes=1-2"},
		{0, "/key-value-stores/~x/records/KEY", "attachment=1&signature=x", "", "", "bytes=0-"},
		{4, "/key-value-stores/~x/records/KEY", "", "", "", ""},
		{2, "/request-queues/~x/requests", "forefront=1&clientKey=c", `{"url":"https://example.com","uniqueKey":"u","userData":{}}`, "application/json", ""},
		{2, "/request-queues/~x/requests/batch", "", `[{"url":"https://example.com","uniqueKey":"u"}]`, "application/json", ""},
		{4, "/request-queues/~x/requests/batch", "", `[{"uniqueKey":"u"}]`, "application/json", ""},
		{2, "/request-queues/~x/head/lock", "lockSecs=60&limit=3&clientKey=c", "", "", ""},
		{2, "/request-queues/~x/requests/unlock", "clientKey=c", "", "", ""},
		{3, "/request-queues/~x/requests/id/lock", "lockSecs=60&forefront=true", "", "", ""},
		{0, "/request-queues/~x/requests", "limit=3&exclusiveStartId=id&filter=pending", "", "", ""},
		{0, "/actor-runs/any/dataset/items", "", "", "", ""},
		{3, "/actor-runs/any", "", `{"statusMessage":"half"}`, "application/json", ""},
		{0, "/users/me/limits", "", "", "", ""},
		{0, "/acts/a~b/runs/last/key-value-store/records/%2e%2e%2f", "status=SUCCEEDED", "", "", ""},
	} {
		f.Add(seed.method, seed.path, seed.query, []byte(seed.body), seed.kind, seed.header)
	}
	root := f.TempDir()
	handler, err := Open(filepath.Join(root, "storage"), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := handler.Close(); err != nil {
			f.Error(err)
		}
	})
	ask := func(ctx context.Context, method, path, query string, body []byte, kind, header string) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(ctx, method, "/", strings.NewReader(string(body)))
		request.URL = &url.URL{Scheme: "http", Host: "storage.test", Path: "/v2" + path, RawQuery: query}
		if unescaped, err := url.PathUnescape(path); err == nil && unescaped != path {
			request.URL.Path, request.URL.RawPath = "/v2"+unescaped, "/v2"+path
		}
		request.Header.Set("Content-Type", kind)
		if strings.HasPrefix(header, "bytes") {
			request.Header.Set("Range", header)
		} else if header != "" {
			request.Header.Set("Content-Encoding", header)
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer
	}
	f.Fuzz(func(t *testing.T, method uint8, path, query string, body []byte, kind, header string) {
		for _, k := range directory.Kinds() {
			ask(t.Context(), http.MethodPost, "/"+k.Path(), "name=x", nil, "", "")
		}
		asked := methods[int(method)%len(methods)]
		answer := ask(t.Context(), asked, path, query, body, kind, header)
		if answer.Code >= http.StatusInternalServerError && answer.Code != http.StatusNotImplemented {
			t.Errorf("%s %s?%s: %d %s", asked, path, query, answer.Code, answer.Body)
		}
		var refused struct {
			Error struct{ Type, Message string }
		}
		if answer.Code >= http.StatusBadRequest && asked != http.MethodHead &&
			(json.Unmarshal(answer.Body.Bytes(), &refused) != nil || refused.Error.Type == "" || refused.Error.Message == "") {
			t.Errorf("%s %s?%s: %d without the error's type and message: %s", asked, path, query, answer.Code, answer.Body)
		}
		entries, err := os.ReadDir(root)
		if err != nil || len(entries) > 1 {
			t.Errorf("%s %s?%s: beside the directory are %v, %v", asked, path, query, entries, err)
		}
	})
}
