package serve

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// How long a request's body may take: so long for a start and for nothing to
// come, and on the whole no slower than minBodyRate.
const (
	bodyPatience = 30 * time.Second
	minBodyRate  = 8 << 10 // bytes a second
)

// impatient ends requests whose bodies do not come. Without an end, whoever has
// a hundred connections holds a hundred handlers, for ever.
func impatient(next http.Handler, patience time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			body := &timedBody{ReadCloser: r.Body, connection: http.NewResponseController(w), patience: patience}
			r.Body = body
			defer body.leave()
		}
		next.ServeHTTP(w, r)
	})
}

type timedBody struct {
	io.ReadCloser
	connection *http.ResponseController
	patience   time.Duration
	began      time.Time // with the first byte that was asked for
	received   int64
	ended      bool
}

func (b *timedBody) Read(p []byte) (int, error) {
	now := time.Now()
	if b.began.IsZero() {
		b.began = now
	}
	due := b.began.Add(b.patience + time.Duration(b.received)*time.Second/minBodyRate)
	if soon := now.Add(b.patience); soon.Before(due) {
		due = soon
	}
	b.until(due)
	n, err := b.ReadCloser.Read(p)
	b.received += int64(n)
	if errors.Is(err, io.EOF) {
		// From here on the server listens for the client to go away, which has
		// all the time that the answer takes.
		b.ended = true
		b.until(time.Time{})
	}
	return n, err
}

// leave bounds how long the server waits for the rest of a body that nobody
// read, before it answers the connection's next request.
func (b *timedBody) leave() {
	if !b.ended && b.began.IsZero() {
		b.until(time.Now().Add(b.patience))
	}
}

func (b *timedBody) until(due time.Time) {
	_ = b.connection.SetReadDeadline(due) // fails for a connection that is gone, which reading says, too
}
