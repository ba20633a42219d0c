package local

import (
	"net/http"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// rateLimit is what X-RateLimit-Limit says. Nothing is limited here; clients
// that pace themselves by it should not be held up.
const rateLimit = "10000"

// ServeHTTP answers one request of the Apify API.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.underway.Add(1)
	defer h.underway.Done()
	if header := w.Header(); header.Get("X-RateLimit-Limit") == "" {
		header.Set("X-RateLimit-Limit", rateLimit)
	}
	if trimmed, ok := strings.CutSuffix(r.URL.Path, "/"); ok && trimmed != "" {
		// As on the platform, a slash at the end changes nothing.
		copied := *r.URL
		copied.Path, copied.RawPath = trimmed, strings.TrimSuffix(copied.RawPath, "/")
		r = r.Clone(r.Context())
		r.URL = &copied
	}
	if !canonical(r.URL.EscapedPath()) {
		wire.WriteError(w, errPageNotFound)
		return
	}
	h.routes.ServeHTTP(w, r)
}

// WriteError answers in the API's error envelope.
func WriteError(w http.ResponseWriter, status int, kind, message string) {
	wire.WriteError(w, wire.NewError(status, kind, message))
}

// WriteError answers with what went wrong. Where the directory is on the
// machine is nobody's business who asks over a network.
func (h *Handler) WriteError(w http.ResponseWriter, err error) {
	wire.WriteError(w, h.dir.Concealed(err))
}
