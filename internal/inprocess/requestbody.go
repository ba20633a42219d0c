package inprocess

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// readable is a request's body for its handler. Reading it ends with the context,
// even while the source has nothing to say, as a terminal or a pipe may.
func readable(ctx context.Context, request *http.Request) io.ReadCloser {
	switch {
	case request.Body == nil || request.Body == http.NoBody:
		return http.NoBody
	case request.GetBody != nil: // it is in memory
		return request.Body
	}
	return &interruptible{ctx: ctx, source: request.Body}
}

// interruptible reads its source in a goroutine, into a buffer of its own: what is
// abandoned there must not be written to the caller's later.
type interruptible struct {
	ctx    context.Context //nolint:containedctx // Read takes none
	source io.ReadCloser
	buffer []byte
	reads  chan read // one at most is under way
	rest   []byte
	err    error
	closed sync.Once
}

type read struct {
	n   int
	err error
}

const bufferSize = 64 << 10

func (b *interruptible) Read(p []byte) (int, error) {
	if err := context.Cause(b.ctx); err != nil {
		return 0, err
	}
	if len(b.rest) == 0 && b.err == nil {
		if b.buffer == nil {
			b.buffer, b.reads = make([]byte, bufferSize), make(chan read, 1)
		}
		go func() {
			n, err := b.source.Read(b.buffer)
			b.reads <- read{n, err}
		}()
		select {
		case got := <-b.reads:
			b.rest, b.err = b.buffer[:got.n], got.err
		case <-b.ctx.Done():
			b.err = context.Cause(b.ctx)
			return 0, b.err
		}
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, b.err
}

func (b *interruptible) Close() (err error) {
	b.closed.Do(func() { err = b.source.Close() })
	return err
}

// traced tells the sender of a request, if he wants to hear of it, when the handler
// has read the body, or wants no more of it.
func traced(ctx context.Context, body io.ReadCloser) io.ReadCloser {
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil || trace.WroteRequest == nil {
		return body
	}
	return &tracedBody{body, sync.OnceFunc(func() { trace.WroteRequest(httptrace.WroteRequestInfo{}) })}
}

type tracedBody struct {
	io.ReadCloser
	tell func()
}

func (b *tracedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.tell()
	}
	return n, err
}

func (b *tracedBody) Close() error {
	b.tell()
	return b.ReadCloser.Close()
}
