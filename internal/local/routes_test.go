package local

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=default", "")
	for _, c := range []struct {
		method, path string
		status       int
		kind         string
	}{
		{"GET", "/datasets/~default/items/", 200, ""},
		{"GET", "/acts/user~actor/runs/last/dataset/items", 404, "record-not-found"},
		{"GET", "/actor-tasks/t/runs/last/dataset", 404, "record-not-found"},
		{"GET", "/actor-runs/r/dataset/items", 200, ""},
		{"GET", "/actor-runs/r/dataset", 200, ""},
		{"GET", "/actor-runs/r/request-queue", 404, "record-not-found"},
		{"GET", "/actor-runs/r/dataset/statistics", 200, ""},
		{"GET", "/acts", 404, "not-offered-locally"},
		{"GET", "/logs/x", 404, "not-offered-locally"},
		{"GET", "/actor-runs/r/log", 404, "not-offered-locally"},
		{"POST", "/webhooks", 405, "not-offered-locally"},
		{"POST", "/acts/a/runs", 405, "not-offered-locally"},
		{"POST", "/acts/a/run-sync", 405, "not-offered-locally"},
		{"POST", "/acts/a/run-sync-get-dataset-items", 405, "not-offered-locally"},
		{"POST", "/actor-tasks/a/run-sync-get-dataset-items", 405, "not-offered-locally"},
		{"POST", "/actor-runs/r/abort", 405, "not-offered-locally"},
		{"POST", "/actor-runs/r/charge", 405, "not-offered-locally"},
		{"PATCH", "/actor-runs/r", 405, "method-not-allowed"},
		{"DELETE", "/actor-runs/r", 405, "method-not-allowed"},
		{"GET", "/acts/a", 404, "record-or-token-not-found"},
		{"GET", "/acts/a/runs", 200, ""},
		{"PUT", "/key-value-stores/~s/records/a%2Fb", 400, "invalid-record-key"},
		{"POST", "/request-queues/~q/head/lock?lockSecs=1", 404, "record-not-found"},
		{"GET", "/request-queues/~q/requests/x/lock", 405, "method-not-allowed"},
		{"PATCH", "/datasets", 405, "method-not-allowed"},
		{"DELETE", "/datasets/~default/items", 405, "method-not-allowed"},
		{"GET", "/nothing", 404, "page-not-found"},
		{"GET", "/datasets/~default/nothing", 404, "page-not-found"},
		{"GET", "/users/me", 200, ""},
		{"GET", "/users/me/limits", 200, ""},
		{"GET", "/users/local", 200, ""},
		{"GET", "/users/somebody", 404, "record-or-token-not-found"},
	} {
		got := s.want(c.status, c.method, c.path, "")
		if got.header.Get("X-RateLimit-Limit") == "" {
			t.Errorf("%s: no rate limit", c.path)
		}
		if c.kind != "" && got.errorType(t) != c.kind {
			t.Errorf("%s: %s", c.path, got.body)
		}
		if allow := got.header.Values("Allow"); (c.status == 405) != (allow != nil) {
			t.Errorf("%s: Allow %q", c.path, allow)
		}
	}
	if got := s.want(204, "OPTIONS", "/datasets/~default/items", ""); got.header.Get("Allow") != "GET, HEAD, POST" || got.body != "" {
		t.Errorf("%v %q", got.header, got.body)
	}
	if got := s.want(405, "DELETE", "/datasets/~default/items", ""); got.header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("%v", got.header)
	}
	if me := s.want(200, "GET", "/users/me", "").data(t); me["username"] != "local" || me["id"] != DefaultUser().ID {
		t.Errorf("%v", me)
	}
}

// Over a real connection a broken item cuts the body as well.
func TestCutOverNetwork(t *testing.T) {
	s := newSite(t, t.TempDir())
	padded := `{"a":"` + strings.Repeat("x", 100_000) + `"}`
	s.want(201, "POST", "/actor-runs/any/dataset/items", "["+strings.Repeat(padded+",", 29)+padded+"]")
	writeFile(t, s.dir+"/datasets/default/000000028.json", "{")
	server := httptest.NewServer(s.handler)
	defer server.Close()
	s.client = server.Client()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v2/datasets/~default/items", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Errorf("%d bytes without an error", n)
	}
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
}
