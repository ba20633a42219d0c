package api

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTokenOverPlainHTTP(t *testing.T) {
	for address, refused := range map[string]bool{
		"https://api.apify.com": false, "http://localhost:80": false, "http://a.localhost": false,
		"http://127.0.0.2:8080": false, "http://[::1]:8080": false, "http://LOCALHOST.": false,
		"http://api.apify.com": true, "http://192.168.0.1": true, "http://localhost.example": true,
		"http://127.0.0.1.example": true, "http://0.0.0.0": true,
	} {
		_, err := New(Options{BaseURL: address, Token: "hush"})
		plain, ok := errors.AsType[*PlainHTTPError](err)
		if ok != refused || !ok && err != nil || ok && strings.Contains(plain.Error(), "hush") {
			t.Errorf("%s: %v", address, err)
		}
		for name, o := range map[string]Options{
			"without a token": {BaseURL: address}, "insecure": {BaseURL: address, Token: "hush", InsecureHTTP: true},
		} {
			if _, err := New(o); err != nil {
				t.Errorf("%s, %s: %v", address, name, err)
			}
		}
	}
}

// What a server outside can have asked for by redirecting to it.
func TestRedirectsThatAreNotFollowed(t *testing.T) {
	for target, test := range map[string]struct {
		from   string
		reason string // "" is followed
	}{
		"https://bucket.s3.amazonaws.com/x":         {"https://api.apify.com/a", ""},
		"https://1.1.1.1/x":                         {"https://api.apify.com/a", ""},
		"http://127.0.0.1:3334/x":                   {"http://127.0.0.1:3333/a", ""},
		"http://10.0.0.8/x":                         {"http://10.0.0.7/a", ""},
		"http://bucket.s3.amazonaws.com/x":          {"https://api.apify.com/a", "plain http"},
		"https://127.0.0.1/x":                       {"https://api.apify.com/a", "own network"},
		"https://localhost/x":                       {"https://api.apify.com/a", "own network"},
		"https://[::1]/x":                           {"https://api.apify.com/a", "own network"},
		"https://[::ffff:127.0.0.1]/x":              {"https://api.apify.com/a", "own network"},
		"https://169.254.169.254/latest/meta-data/": {"https://api.apify.com/a", "own network"},
		"https://[fe80::1]/x":                       {"https://api.apify.com/a", "own network"},
		"https://192.168.1.1/x":                     {"https://api.apify.com/a", "own network"},
		"https://0.0.0.0/x":                         {"https://api.apify.com/a", "own network"},
		"file:///etc/passwd":                        {"https://api.apify.com/a", "not HTTP"},
		"gopher://127.0.0.1/x":                      {"https://api.apify.com/a", "not HTTP"},
	} {
		t.Run(target, func(t *testing.T) {
			from, err := url.Parse(test.from)
			if err != nil {
				t.Fatal(err)
			}
			to, err := url.Parse(target)
			if err != nil {
				t.Fatal(err)
			}
			err = checkRedirect(&http.Request{Method: http.MethodGet, URL: to}, []*http.Request{{Method: http.MethodGet, URL: from}})
			if (err == nil) != (test.reason == "") || err != nil && !strings.Contains(err.Error(), test.reason) {
				t.Errorf("error is %v, want %q", err, test.reason)
			}
		})
	}
}

func TestMediaTypesThatAreMoreThanOneHeader(t *testing.T) {
	for text, valid := range map[string]bool{
		"text/html; charset=utf-8": true, "": true, "x": true,
		"text/html\r\nX-A: 1": false, "text/html\nSet-Cookie: a=b": false, "text/html\x00": false, "text/\u2028html": false, "text/h\tml": false,
	} {
		if err := validMediaType(text); (err == nil) != valid {
			t.Errorf("%q: %v", text, err)
		}
	}
}
