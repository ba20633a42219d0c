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

// ErrNoAnswer means that the server was reached and has not answered in time.
var ErrNoAnswer = errors.New("the server does not answer")

// stallError is a transfer that stood still.
type stallError struct {
	timeout    time.Duration
	unanswered bool // not even the head of an answer came
}

func (e *stallError) Error() string {
	if e.unanswered {
		return fmt.Sprintf("the server has not answered for %s", e.timeout)
	}
	return fmt.Sprintf("nothing has come for %s", e.timeout)
}

func (e *stallError) Is(target error) bool { return e.unanswered && target == ErrNoAnswer }

// Timeout makes it a net.Error's kind of timeout.
func (e *stallError) Timeout() bool { return true }

// Temporary belongs to net.Error.
func (e *stallError) Temporary() bool { return true }

// stallTimeout ends a request when nothing moves for the timeout: while the
// body is sent, or while the answer is awaited; and, because the next try may
// fare better, after half of it while a read of its body waits. A reader that
// takes its time does not count.
type stallTimeout struct {
	next    http.RoundTripper
	timeout time.Duration
}

func (t *stallTimeout) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{ctx: ctx, cancel: cancel, timeout: t.timeout}
	w.timer = time.AfterFunc(t.timeout, w.end)

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
	timer   *time.Timer
	timeout time.Duration

	mu   sync.Mutex
	over bool // the answer is there; what is still sent does not count any more
}

// end is called when nothing has moved for too long.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	stalled := &stallError{timeout: w.timeout, unanswered: !w.over}
	if w.over {
		stalled.timeout = w.bodyTimeout()
	}
	w.cancel(stalled)
}

func (w *watch) bodyTimeout() time.Duration { return w.timeout / 2 }

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
	if stalled, ok := errors.AsType[*stallError](context.Cause(w.ctx)); ok {
		return stalled
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
	b.watch.timer.Reset(b.watch.bodyTimeout())
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
