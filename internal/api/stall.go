package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// stallError is a transfer that stood still.
type stallError struct{ timeout time.Duration }

func (e *stallError) Error() string { return fmt.Sprintf("no byte came or went for %s", e.timeout) }

// Timeout makes it a net.Error's kind of timeout.
func (e *stallError) Timeout() bool { return true }

// stallTimeout ends a request when nothing moves for the timeout: while the
// body is sent, while the answer is awaited, or while a read of its body waits.
// A reader that takes its time does not count.
type stallTimeout struct {
	next    http.RoundTripper
	timeout time.Duration
}

func (t *stallTimeout) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	stalled := &stallError{timeout: t.timeout}
	w := &watch{ctx: ctx, stalled: stalled, cancel: cancel, timeout: t.timeout}
	w.timer = time.AfterFunc(t.timeout, func() { cancel(stalled) })

	req = req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = &sentBody{ReadCloser: req.Body, watch: w}
		if again := req.GetBody; again != nil {
			req.GetBody = func() (io.ReadCloser, error) {
				body, err := again()
				if err != nil {
					return nil, err
				}
				return &sentBody{ReadCloser: body, watch: w}, nil
			}
		}
	}
	res, err := t.next.RoundTrip(req)
	w.answered()
	if err != nil {
		err = w.explain(err)
		cancel(nil)
		return nil, err
	}
	res.Body = &receivedBody{ReadCloser: res.Body, watch: w}
	return res, nil
}

type watch struct {
	ctx     context.Context // the request's own, to tell a stall from other ends
	cancel  context.CancelCauseFunc
	stalled *stallError
	timer   *time.Timer
	timeout time.Duration

	mu   sync.Mutex
	over bool // the answer is there; what is still sent does not count any more
}

func (w *watch) answered() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
}

func (w *watch) sending() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.timer.Reset(w.timeout)
	}
}

// explain puts the stall in the place of the cancellation that it caused.
func (w *watch) explain(err error) error {
	if errors.Is(context.Cause(w.ctx), w.stalled) {
		return w.stalled
	}
	return err
}

// sentBody starts the wait anew with each piece that the transport takes.
type sentBody struct {
	io.ReadCloser
	watch *watch
}

func (b *sentBody) Read(p []byte) (int, error) {
	b.watch.sending()
	return b.ReadCloser.Read(p)
}

type receivedBody struct {
	io.ReadCloser
	watch *watch
}

func (b *receivedBody) Read(p []byte) (int, error) {
	b.watch.timer.Reset(b.watch.timeout)
	n, err := b.ReadCloser.Read(p)
	b.watch.timer.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.watch.explain(err)
	}
	return n, err
}

func (b *receivedBody) Close() error {
	b.watch.timer.Stop()
	err := b.ReadCloser.Close()
	b.watch.cancel(nil)
	return err
}
