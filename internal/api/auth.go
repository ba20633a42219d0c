package api

import (
	"net/http"
	"net/url"

	"github.com/apifyctl/apifyctl/internal/secret"
)

// authorisation adds the token and the user agent. The token goes to the scheme
// and host of the API only: a redirect elsewhere never sees it.
type authorisation struct {
	next      http.RoundTripper
	base      *url.URL
	token     secret.Text
	userAgent string
}

func (t *authorisation) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	if t.userAgent != "" {
		req.Header.Set("User-Agent", t.userAgent)
	}
	req.Header.Del("Authorization")
	req.Header.Del("Referer") // net/http's word about where a redirect came from is nobody's business
	if t.token != "" && req.URL.Scheme == t.base.Scheme && req.URL.Host == t.base.Host {
		req.Header.Set("Authorization", "Bearer "+t.token.Reveal())
	}
	return t.next.RoundTrip(req)
}
