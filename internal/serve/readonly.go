package serve

import (
	"net/http"

	"github.com/apifyctl/apifyctl/internal/local"
)

// unchanging refuses what changes something, whoever asks for it.
func unchanging(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !safe(r.Method) {
			local.WriteError(w, http.StatusForbidden, "read-only", "This server was started with --read-only: it changes nothing")
			return
		}
		next.ServeHTTP(w, r)
	})
}
