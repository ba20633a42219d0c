package local

import (
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// rateLimit is what X-RateLimit-Limit says. Nothing is limited here; clients
// that pace themselves by it should not be held up.
const rateLimit = "10000"

// ServeHTTP answers one request of the Apify API.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start, ctx := time.Now(), r.Context()
	meter := &meter{ResponseWriter: w}
	finished := false
	defer func() {
		// The query is left out: it may hold a token or a signature.
		attributes := []slog.Attr{
			slog.String("method", r.Method), slog.String("path", r.URL.Path),
			slog.Int("status", meter.status), slog.Int64("bytes", meter.bytes), slog.Duration("duration", time.Since(start)),
		}
		if !finished { // by a panic: the body was cut off on purpose
			attributes = append(attributes, slog.Bool("aborted", true))
		}
		h.log.LogAttrs(ctx, slog.LevelInfo, "request", attributes...)
	}()
	meter.Header().Set("X-RateLimit-Limit", rateLimit)
	h.serve(meter, r)
	finished = true
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) {
	if err := h.authorize(r); err != nil {
		writeError(w, err)
		return
	}
	if trimmed, ok := strings.CutSuffix(r.URL.Path, "/"); ok && trimmed != "" {
		// As on the platform, a slash at the end changes nothing.
		copied := *r.URL
		copied.Path, copied.RawPath = trimmed, strings.TrimSuffix(copied.RawPath, "/")
		r = r.Clone(r.Context())
		r.URL = &copied
	}
	if !canonical(r.URL.EscapedPath()) {
		writeError(w, errPageNotFound)
		return
	}
	h.routes.ServeHTTP(w, r)
}

// meter notes what was answered.
type meter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (m *meter) WriteHeader(status int) {
	if m.status == 0 {
		m.status = status
	}
	m.ResponseWriter.WriteHeader(status)
}

func (m *meter) Write(p []byte) (int, error) {
	if m.status == 0 {
		m.status = http.StatusOK
	}
	n, err := m.ResponseWriter.Write(p)
	m.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach what is beneath.
func (m *meter) Unwrap() http.ResponseWriter { return m.ResponseWriter }
