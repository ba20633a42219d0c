package api

import (
	"context"
	"errors"
	"time"
)

// lastAnswer is how long an interrupted program waits for the answer to a request
// that must not be repeated: with it, it knows what it has done.
const lastAnswer = 5 * time.Second

// outlive returns a context for a request whose outcome matters more than an
// early end: when the one given is cancelled it goes on for the time given. A
// deadline ends both.
func outlive(parent context.Context, more time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		if cause := context.Cause(parent); errors.Is(cause, context.DeadlineExceeded) {
			cancel(cause)
			return
		}
		timer := time.AfterFunc(more, func() { cancel(context.Cause(parent)) })
		context.AfterFunc(ctx, func() { timer.Stop() })
	})
	return ctx, func() { stop(); cancel(nil) }
}
