package serve

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/secret"
)

// What the page of an account asks for goes to the API with the token, and with
// nothing else of the browser's; what comes back has nothing else of the API's.
func TestCloudPage(t *testing.T) {
	var asked *http.Request
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("X-Apify-Pagination-Total", "7")
		if strings.HasSuffix(r.URL.Path, "/elsewhere") && r.Method != http.MethodGet {
			http.Redirect(w, r, "https://evil.example/", http.StatusTemporaryRedirect)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	}))
	t.Cleanup(upstream.Close)
	client, err := api.New(api.Options{BaseURL: upstream.URL, Token: secret.Text("t0ken")})
	if err != nil {
		t.Fatal(err)
	}
	cloud, err := NewCloud(client.Forward, CloudOptions{Source: "upstream"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(cloud)
	t.Cleanup(server.Close)
	jar, _ := cookiejar.New(nil)
	proof := ""
	do := func(method, path, body string, header ...string) (int, string, http.Header) {
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		request.Header.Set("X-Apifyctl-Console", proof)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		response, err := (&http.Client{Jar: jar}).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		return response.StatusCode, string(text), response.Header
	}
	_, text, _ := do("POST", "/_console/session", `{"key":"`+cloud.PageKey()+`"}`)
	var session struct{ Data struct{ Proof string } }
	if err := json.Unmarshal([]byte(text), &session); err != nil || session.Data.Proof == "" {
		t.Fatalf("no session: %s", text)
	}
	proof = session.Data.Proof

	status, text, header := do("PUT", "/v2/key-value-stores/x/records/a%2Fb?c=d", "hello", "Content-Type", "text/plain", "X-Secret", "s", "Referer", server.URL)
	if status != 200 || text != "hello" {
		t.Errorf("%d %s", status, text)
	}
	if asked.URL.String() != "/v2/key-value-stores/x/records/a%2Fb?c=d" || asked.Header.Get("Authorization") != "Bearer t0ken" || asked.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("the API was asked %s %v", asked.URL, asked.Header)
	}
	for _, name := range []string{"Cookie", "X-Secret", "Referer", "X-Apifyctl-Console", "Sec-Fetch-Site", "Origin"} {
		if asked.Header.Get(name) != "" {
			t.Errorf("the API gets %s: %s", name, asked.Header.Get(name))
		}
	}
	if header.Get("Set-Cookie") != "" || header.Get("Access-Control-Allow-Origin") != "" || header.Get("X-Apify-Pagination-Total") != "7" {
		t.Errorf("the page gets %v", header)
	}
	asked = nil
	for _, path := range []string{"/v2/acts", "/v2/actor-runs/x", "/v2/users/eve", "/v2/users/me/usage/monthly", "/v2/datasets/x?token=y", "/v2/datasets/x?method=DELETE", "/v2/datasets/%2e%2e/acts"} {
		if status, text, _ := do("GET", path, ""); status != 404 || asked != nil {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	asked = nil
	if status, _, _ := do("PUT", "/v2/users/me/limits", "{}"); status != 404 || asked != nil {
		t.Errorf("limits can be changed: %d", status)
	}
	if status, text, header := do("POST", "/v2/datasets/elsewhere", ""); status != 502 || header.Get("Location") != "" {
		t.Errorf("a redirect reaches the page: %d %s %v", status, text, header)
	}
	asked = nil
	for _, path := range []string{"/v2/datasets", "/anything"} {
		if status, _, _ := do("GET", path, "", "X-Apifyctl-Console", "", "Authorization", "Bearer t0ken"); status != 401 || asked != nil {
			t.Errorf("%s without the page: %d", path, status)
		}
	}
}

func TestReadOnly(t *testing.T) {
	s := newSite(t, Options{ReadOnly: true}, "token")
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH"} {
		s.want(403, "read-only", method, "/datasets/x", "token", "{}")
	}
	s.want(403, "read-only", "GET", "/datasets/x?method=DELETE", "token", "")
	s.want(404, "Dataset was not found", "GET", "/datasets/default", "token", "") // which looking makes elsewhere
	s.want(200, `"total":0`, "GET", "/datasets?unnamed=1", "token", "")
}
