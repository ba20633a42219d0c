package serve

import "net/http"

// oneRequest ends the connection after a request whose body came in chunks: it may
// have told a length too, which net/http drops unseen, and what is between the
// client and here may have gone by that. Whatever follows on the connection could
// then be another sender's (RFC 9112, 6.3).
func oneRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
