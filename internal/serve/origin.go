package serve

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/rs/cors"

	"github.com/apifyctl/apifyctl/internal/local"
)

// Any page that is open in a browser on this machine can send requests here.
// What it cannot do is send a header with a token that it does not know, and
// read an answer that names no other origin. On that the rules below rest.

// shared lets pages of other origins read answers, if they have a token or the
// address is signed.
func (d *door) shared(next http.Handler) http.Handler {
	const day = 24 * 60 * 60
	return cors.New(cors.Options{
		AllowOriginVaryRequestFunc: func(r *http.Request, _ string) (bool, []string) {
			return d.sharedWith(r), []string{"Authorization"}
		},
		AllowedMethods: []string{
			http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete,
		},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{
			"Location", "X-Apify-Pagination-Offset", "X-Apify-Pagination-Limit", "X-Apify-Pagination-Count",
			"X-Apify-Pagination-Total", "X-Apify-Pagination-Desc", "X-RateLimit-Limit", "Content-Disposition", "Content-Range",
		},
		MaxAge: day,
	}).Handler(next)
}

// sharedWith decides about a request that a page of any origin may have sent. A
// preflight only says that a token will come; what needs none but changes
// nothing may be asked, since the answer is not shared then.
func (d *door) sharedWith(r *http.Request) bool {
	method := r.Header.Get("Access-Control-Request-Method")
	if r.Method == http.MethodOptions && method != "" {
		headers := strings.ToLower(strings.Join(r.Header.Values("Access-Control-Request-Headers"), ","))
		return safe(method) || !d.anyone && strings.Contains(headers, "authorization")
	}
	if !d.anyone && d.holder(tokenOf(r)) != nil {
		return true
	}
	where := parseTarget(r.URL)
	if where.storage == "" || !r.URL.Query().Has("signature") {
		return false
	}
	_, found, err := d.find(nil, where)
	return err == nil && found != nil && signed(r, where, found)
}

func safe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	return false
}

// guarded takes the method from ?method=, for clients that can only GET, or only
// GET and POST. That, and a change that a page of another origin asks for, need
// the token in the header.
func (d *door) guarded(next http.Handler) http.Handler {
	refuse := func(w http.ResponseWriter, why string) {
		local.WriteError(w, http.StatusForbidden, "token-not-in-header", why+" needs the token in the Authorization header")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trusted := headerToken(r) != "" && d.holder(headerToken(r)) != nil
		method := r.URL.Query().Get("method")
		if method != "" && (r.Method == http.MethodGet || r.Method == http.MethodPost) {
			if !trusted {
				refuse(w, "The parameter method")
				return
			}
			r = overridden(r, method)
		}
		if !trusted && !safe(r.Method) && foreign(r) {
			refuse(w, "A change that a page of another origin asks for")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func overridden(r *http.Request, method string) *http.Request {
	copied, values := *r.URL, r.URL.Query()
	values.Del("method")
	copied.RawQuery = values.Encode()
	r = r.Clone(r.Context())
	r.URL, r.Method = &copied, strings.ToUpper(method)
	return r
}

// foreign tells whether a page of another origin sent a request, as far as its
// browser says. What is no browser says nothing.
func foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return true
	}
	for _, origin := range r.Header.Values("Origin") {
		if u, err := url.Parse(origin); err != nil || !strings.EqualFold(u.Host, r.Host) {
			return true
		}
	}
	return false
}
