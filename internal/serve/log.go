package serve

import (
	"log/slog"
	"net/http"
	"time"
)

// logged writes a line a request. The query is left out: it may hold a token or
// a signature.
func logged(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, ctx := time.Now(), r.Context()
		meter := &meter{ResponseWriter: w}
		finished := false
		defer func() {
			attributes := []slog.Attr{
				slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", meter.status), slog.Int64("bytes", meter.bytes), slog.Duration("duration", time.Since(start)),
			}
			if !finished { // by a panic: the body was cut off on purpose
				attributes = append(attributes, slog.Bool("aborted", true))
			}
			log.LogAttrs(ctx, slog.LevelInfo, "request", attributes...)
		}()
		next.ServeHTTP(meter, r)
		finished = true
	})
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
