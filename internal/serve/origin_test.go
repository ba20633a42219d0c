package serve

import (
	"net/http"
	"strings"
	"testing"
)

// What a browser says of pages of other origins.
var (
	crossSite = []string{"Sec-Fetch-Site", "cross-site"}
	sameSite  = []string{"Sec-Fetch-Site", "same-site"}
	otherPage = []string{"Origin", "http://evil.example"}
	noOrigin  = []string{"Origin", "null"}
)

func TestChangesOfOtherOrigins(t *testing.T) {
	for name, o := range map[string]struct {
		options Options
		tokens  []string
	}{
		"with a token": {Options{}, []string{"token"}},
		"open":         {Options{Anyone: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, o.options, o.tokens...)
			own := []string{"Origin", strings.TrimSuffix(s.url, "/v2"), "Sec-Fetch-Site", "same-origin"}
			s.want(201, "", "POST", "/datasets?name=shop", "token", "", own...)
			for _, header := range [][]string{crossSite, sameSite, otherPage, noOrigin} {
				for _, c := range []struct{ method, path string }{
					{"POST", "/datasets?name=new"},
					{"PUT", "/datasets/~shop"},
					{"DELETE", "/datasets/~shop"},
					{"POST", "/datasets/~shop/items?token=token"},
					{"GET", "/datasets/~shop?method=DELETE"},
					{"GET", "/datasets/~shop?method=DELETE&token=token"},
				} {
					s.want(403, "token-not-in-header", c.method, c.path, "", `{"a":1}`, header...)
				}
			}
			s.want(403, "token-not-in-header", "GET", "/datasets/~shop?method=DELETE", "", "") // curl, too
			s.want(200, `"itemCount":0`, "GET", "/datasets/~shop", "token", "")
			s.want(201, "", "POST", "/datasets/~shop/items", "token", `{"a":1}`, otherPage...)
			s.want(200, `"total":1`, "GET", "/datasets", "token", "")
		})
	}
}

func TestSharing(t *testing.T) {
	s := newSite(t, Options{}, "token")
	store := s.want(201, "", "POST", "/key-value-stores?name=s", "token", "").object(t)
	dataset := s.want(201, "", "POST", "/datasets?name=d", "token", "").object(t)
	signed := strings.TrimPrefix(dataset.ItemsPublicURL, s.url)
	const wanted = "http://page.example"
	for _, c := range []struct {
		name, method, path, token string
		shared                    bool
	}{
		{"a token in the header", "GET", "/datasets", "token", true},
		{"a token in the address", "GET", "/datasets?token=token", "", true},
		{"a wrong token", "GET", "/datasets", "other", false},
		{"no token", "GET", "/datasets", "", false},
		{"a storage without a token", "GET", "/key-value-stores/" + store.ID, "", false},
		{"a signed link", "GET", signed, "", true},
		{"a signed link of another storage", "GET", strings.Replace(signed, "/items", "", 1), "", false},
		{"a wrong signature", "GET", "/datasets/" + dataset.ID + "/items?signature=x", "", false},
		{"a user", "GET", "/users/local", "", false},
	} {
		got, err := s.try(c.method, c.path, c.token, "", "Origin", wanted)
		if allowed := got.header.Get("Access-Control-Allow-Origin"); err != nil || (allowed == wanted) != c.shared || allowed == "*" {
			t.Errorf("%s: %d, shared with %q (%v)", c.name, got.status, allowed, err)
		}
		if exposed := got.header.Get("Access-Control-Expose-Headers"); strings.Contains(exposed, "X-Apify-Pagination-Total") != c.shared {
			t.Errorf("%s: exposed %q", c.name, exposed)
		}
	}
	open := newSite(t, Options{Anyone: true})
	got := open.want(200, "", "GET", "/datasets", "anything", "", "Origin", wanted)
	if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != "" {
		t.Errorf("an open server shares with %q", allowed)
	}
}

func TestPreflights(t *testing.T) {
	closed, open := newSite(t, Options{}, "token"), newSite(t, Options{Anyone: true})
	for _, c := range []struct {
		name            string
		site            *site
		method, headers string
		allowed         bool
	}{
		{"a change with a token", closed, "DELETE", "authorization,content-type", true},
		{"a change without one", closed, "DELETE", "", false},
		{"a type that forms have not", closed, "POST", "content-type", false},
		{"reading, which may be signed", closed, "GET", "range", true},
		{"a change of an open server", open, "DELETE", "authorization", false},
	} {
		header := []string{"Origin", "http://page.example", "Access-Control-Request-Method", c.method}
		if c.headers != "" {
			header = append(header, "Access-Control-Request-Headers", c.headers)
		}
		got := c.site.want(204, "", http.MethodOptions, "/datasets/~x", "", "", header...)
		if allowed := got.header.Get("Access-Control-Allow-Methods"); (allowed == c.method) != c.allowed {
			t.Errorf("%s: allowed %q of %v", c.name, allowed, got.header)
		}
	}
}

func TestHosts(t *testing.T) {
	s := newSite(t, Options{Hosts: []string{"Build-Box.example", "192.0.2.7"}}, "token")
	for host, status := range map[string]int{
		"localhost": 200, "localhost:1": 200, "LOCALHOST.": 200, "127.0.0.1:3333": 200, "127.8.9.10": 200, "[::1]:3333": 200,
		"build-box.example": 200, "build-box.example:8080": 200, "192.0.2.7:80": 200,
		"evil.example": 403, "evil.example:3333": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example": 403,
		"192.0.2.8": 403, "0.0.0.0": 403, "[::]": 403, "notlocalhost": 403, "127.0.0.1:80:80": 403,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/datasets?token=token", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := s.http.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
		if response.StatusCode != status {
			t.Errorf("host %s: %d, want %d", host, response.StatusCode, status)
		}
	}
}
