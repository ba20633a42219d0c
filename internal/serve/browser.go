package serve

import (
	"net/http"
	"strings"

	"github.com/rs/cors"
)

// forBrowsers lets pages of any site ask, as the platform does. Who may read
// what is decided by tokens, never by cookies.
func forBrowsers(next http.Handler) http.Handler {
	const day = 24 * 60 * 60
	return cors.New(cors.Options{
		AllowedOrigins: []string{"*"},
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

// overridden takes the method from ?method=, for clients that can only GET, or
// only GET and POST.
func overridden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		values := r.URL.Query()
		method := values.Get("method")
		if method == "" || r.Method != http.MethodGet && r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		values.Del("method")
		copied := *r.URL
		copied.RawQuery = values.Encode()
		r = r.Clone(r.Context())
		r.URL, r.Method = &copied, strings.ToUpper(method)
		next.ServeHTTP(w, r)
	})
}
