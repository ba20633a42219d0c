package mockapi_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/test/mockapi"
)

func do(t *testing.T, method, url, token, body string) (int, string, http.Header, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), response.Header, err
}

func TestItemOptions(t *testing.T) {
	server := mockapi.Start()
	defer server.Close()
	id := server.Add("datasets", "books")
	server.Push(id, `{"b": 1.0,"a":{"x":1,"y":{"z":2}},"#h":1}`, `{}`, `{"url":"u","errorInfo":{},"l":[{"k":1},{"k":2},7]}`, `{"#only":1}`)
	for query, want := range map[string]string{
		"":                             `[{"b": 1.0,"a":{"x":1,"y":{"z":2}},"#h":1},{},{"url":"u","errorInfo":{},"l":[{"k":1},{"k":2},7]},{"#only":1}]`,
		"offset=1&limit=1":             `[{}]`,
		"desc=1&limit=1":               `[{"#only":1}]`,
		"offset=9":                     `[]`,
		"fields=a,b&limit=1":           `[{"a":{"x":1,"y":{"z":2}},"b":1.0}]`,
		"fields=a,b&omit=a&limit=1":    `[{"b":1.0}]`,
		"fields=b&outputFields=c":      `[{"c":1.0},{},{},{}]`,
		"clean=1&skipFailedPages=1":    `[{"b":1.0,"a":{"x":1,"y":{"z":2}}}]`,
		"skipEmpty=1&offset=1&limit=1": `[]`,
		"flatten=a&limit=1":            `[{"b":1.0,"a.x":1,"a.y.z":2,"#h":1}]`,
		"unwind=l&offset=2&limit=1":    `[{"url":"u","errorInfo":{},"k":1},{"url":"u","errorInfo":{},"k":2},{"url":"u","errorInfo":{},"l":7}]`,
	} {
		status, body, header, err := do(t, http.MethodGet, server.URL()+"/v2/datasets/~books/items?"+query, mockapi.Token, "")
		if err != nil || status != http.StatusOK || body != want {
			t.Errorf("%q: %d %v\n got %s\nwant %s", query, status, err, body, want)
		}
		if header.Get("X-Apify-Pagination-Total") != "4" {
			t.Errorf("%q: total %q", query, header.Get("X-Apify-Pagination-Total"))
		}
	}
}

func TestWhoMayWhat(t *testing.T) {
	server := mockapi.Start()
	defer server.Close()
	mine := server.Add("datasets", "mine")
	open := server.AddForeign("datasets", "open", "ANYONE_WITH_ID_CAN_READ")
	closed := server.AddForeign("datasets", "closed", "RESTRICTED")
	for _, each := range []struct {
		method, path, token, body string
		want                      int
	}{
		{http.MethodGet, "datasets/" + mine, "", "", http.StatusUnauthorized},
		{http.MethodGet, "datasets/" + mine, "wrong", "", http.StatusUnauthorized},
		{http.MethodGet, "datasets/" + mine, mockapi.ReadOnlyToken, "", http.StatusOK},
		{http.MethodPut, "datasets/" + mine, mockapi.ReadOnlyToken, `{"name":"x"}`, http.StatusForbidden},
		{http.MethodGet, "datasets/" + open + "/items", "", "", http.StatusOK},
		{http.MethodDelete, "datasets/" + open, mockapi.Token, "", http.StatusForbidden},
		{http.MethodGet, "datasets/" + closed, mockapi.Token, "", http.StatusForbidden},
		{http.MethodGet, "datasets/mine", mockapi.Token, "", http.StatusNotFound},
		{http.MethodGet, "datasets/~MINE", mockapi.Token, "", http.StatusOK},
		{http.MethodPost, "datasets?name=mine", mockapi.Token, "", http.StatusOK},
		{http.MethodPost, "datasets?name=", mockapi.Token, "", http.StatusBadRequest},
		{http.MethodPost, "datasets?name=other", mockapi.Token, "", http.StatusCreated},
		{http.MethodPut, "datasets/~other", mockapi.Token, `{"name":"Mine"}`, http.StatusConflict},
		{http.MethodPost, "datasets/~mine/items", mockapi.Token, `[{"a":1},2]`, http.StatusBadRequest},
		{http.MethodPost, "datasets/~mine/items", mockapi.Token, `[{"a":1}]`, http.StatusCreated},
		{http.MethodDelete, "datasets/~mine", mockapi.Token, "", http.StatusNoContent},
	} {
		status, body, _, err := do(t, each.method, server.URL()+"/v2/"+each.path, each.token, each.body)
		if err != nil || status != each.want {
			t.Errorf("%s %s with %q: %d %v, want %d: %s", each.method, each.path, each.token, status, err, each.want, body)
		}
		if each.token == mockapi.ReadOnlyToken && strings.Contains(body, mockapi.SigningSecret) {
			t.Errorf("%s %s shows the secret to a reader", each.method, each.path)
		}
	}
}

func TestFaults(t *testing.T) {
	server := mockapi.Start()
	defer server.Close()
	id := server.Add("datasets", "d")
	server.Push(id, `{"n":1}`, `{"n":2}`)
	url := server.URL() + "/v2/datasets/" + id + "/items"
	server.Inject(mockapi.Fault{Kind: mockapi.FaultStatus, Status: 429, RetryAfter: "3"})
	status, _, header, err := do(t, http.MethodGet, url, mockapi.Token, "")
	if err != nil || status != 429 || header.Get("Retry-After") != "3" {
		t.Errorf("429: %d %v %v", status, header, err)
	}
	server.Inject(mockapi.Fault{Kind: mockapi.FaultCut})
	if _, body, _, err := do(t, http.MethodGet, url, mockapi.Token, ""); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %q %v", body, err)
	}
	server.Inject(mockapi.Fault{Kind: mockapi.FaultCutClean})
	if _, body, _, err := do(t, http.MethodGet, url, mockapi.Token, ""); err != nil || body != `[{"n":1}` {
		t.Errorf("cut-clean: %q %v", body, err)
	}
	server.Inject(mockapi.Fault{Kind: mockapi.FaultLost, Method: http.MethodPost})
	if _, _, _, err := do(t, http.MethodPost, url, mockapi.Token, `{"n":3}`); err == nil {
		t.Error("lost: an answer came")
	}
	if items := server.Items(id); len(items) != 3 {
		t.Errorf("lost: stored %v", items)
	}
	server.Inject(mockapi.Fault{Kind: mockapi.FaultSlow, Pieces: 3})
	if _, body, _, err := do(t, http.MethodGet, url, mockapi.Token, ""); err != nil || body != `[{"n":1},{"n":2},{"n":3}]` {
		t.Errorf("slow: %q %v", body, err)
	}
	server.Inject(mockapi.Fault{Kind: mockapi.FaultDie})
	if _, _, _, err := do(t, http.MethodGet, url, mockapi.Token, ""); err == nil {
		t.Error("die: a whole answer came")
	}
	if _, _, _, err := do(t, http.MethodGet, url, mockapi.Token, ""); err == nil {
		t.Error("die: the server still answers")
	}
}
