// Package inprocess makes a connection of any http.Handler in the same process.
package inprocess

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Transport answers requests by calling a handler in this process. It behaves as
// a connection would: the body streams, with a handler that waits for its reader;
// when the reader closes the body or the request's context ends, the handler's
// context ends and its writes fail; a handler that panics with
// http.ErrAbortHandler cuts the body, which reads as io.ErrUnexpectedEOF.
//
// Unlike over a connection, the handler is always heard: a request whose context
// ends returns the handler's answer if it is a success, and else the context's
// error once the handler has returned. So a change that was made is never taken
// for one that was not.
type Transport struct {
	handler  http.Handler
	handlers sync.WaitGroup
	mutex    sync.Mutex
	underway map[*exchange]bool
}

// New makes a transport; Close ends it.
func New(handler http.Handler) *Transport {
	return &Transport{handler: handler, underway: map[*exchange]bool{}}
}

// Close ends the requests under way, and returns when their handlers have
// returned.
func (t *Transport) Close() error {
	t.mutex.Lock()
	for x := range t.underway {
		x.cancel()
	}
	t.mutex.Unlock()
	t.handlers.Wait()
	return nil
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, errors.Join(err, closeBody(request))
	}
	ctx, cancel := context.WithCancel(request.Context())
	reader, writer := io.Pipe()
	x := &exchange{
		request: request, reader: reader, writer: writer, cancel: cancel,
		header: http.Header{}, answered: make(chan struct{}), declared: -1,
	}
	// The end of the request's context ends the body, for both sides.
	x.unwatch = context.AfterFunc(ctx, func() { writer.CloseWithError(contextError(ctx, request)) })
	t.begin(x)
	t.handlers.Go(func() {
		defer t.finish(x)
		x.run(t.handler, serverRequest(ctx, request))
	})
	<-x.answered
	if err := request.Context().Err(); err != nil && !x.succeeded {
		cancel()
		return nil, err
	}
	return x.response()
}

func (t *Transport) begin(x *exchange) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.underway[x] = true
}

func (t *Transport) finish(x *exchange) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	delete(t.underway, x)
}

// contextError tells the caller's own end of a request from ours.
func contextError(ctx context.Context, request *http.Request) error {
	if err := request.Context().Err(); err != nil {
		return err
	}
	return ctx.Err()
}

func closeBody(request *http.Request) error {
	if request.Body == nil {
		return nil
	}
	return request.Body.Close()
}

// serverRequest is the request as a server would see it.
func serverRequest(ctx context.Context, request *http.Request) *http.Request {
	seen := request.Clone(ctx)
	seen.Proto, seen.ProtoMajor, seen.ProtoMinor = "HTTP/1.1", 1, 1
	seen.RequestURI = request.URL.RequestURI()
	seen.RemoteAddr = "in-process"
	if seen.Host == "" {
		seen.Host = request.URL.Host
	}
	seen.Body = traced(ctx, readable(ctx, request))
	return seen
}

// exchange is one request and its answer. It is the handler's ResponseWriter.
type exchange struct {
	request  *http.Request
	reader   *io.PipeReader
	writer   *io.PipeWriter
	cancel   context.CancelFunc
	unwatch  func() bool
	header   http.Header   // the handler's
	answered chan struct{} // closed when the answer's head, or failure, is there
	once     sync.Once

	sent      http.Header // the header as it was when it left
	status    int
	succeeded bool  // the handler itself said so
	ending    bool  // the handler has returned
	failure   error // instead of an answer
	bodyless  bool  // by method or status
	declared  int64 // Content-Length, or -1
	written   int64
}

func (x *exchange) run(handler http.Handler, request *http.Request) {
	defer func() {
		x.end(recover())
		// The caller may close its body only when the handler is done with it.
		_ = request.Body.Close()
		x.unwatch()
		x.cancel()
	}()
	handler.ServeHTTP(x, request)
}

// end finishes the answer after the handler has returned or panicked.
func (x *exchange) end(panicked any) {
	x.ending = true
	var err error
	switch {
	case panicked == http.ErrAbortHandler: //nolint:errorlint // a panic's value
		err = io.ErrUnexpectedEOF
	case panicked != nil:
		err = fmt.Errorf("handler panicked: %v", panicked)
	default:
		if x.status == 0 {
			x.WriteHeader(http.StatusOK)
			if x.declared < 0 {
				x.declared = 0 // nothing was written
			}
		}
		if !x.bodyless && x.written < x.declared {
			err = io.ErrUnexpectedEOF
		}
	}
	x.writer.CloseWithError(err) // nil reads as io.EOF
	if x.status == 0 {
		x.failure = err
	}
	x.release()
}

func (x *exchange) release() { x.once.Do(func() { close(x.answered) }) }

func (x *exchange) Header() http.Header { return x.header }

func (x *exchange) WriteHeader(status int) {
	if x.status != 0 || status < http.StatusOK {
		return // only the first counts, and informational ones have no reader
	}
	x.status = status
	x.succeeded = status < http.StatusMultipleChoices && !x.ending
	x.sent = x.header.Clone()
	if x.sent.Get("Date") == "" {
		x.sent.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if n, err := strconv.ParseInt(x.sent.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
		x.declared = n
	}
	x.bodyless = x.request.Method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified
}

// Write hands the answer's head over with the first bytes, and then waits until
// the reader has taken them.
func (x *exchange) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	if x.bodyless {
		return len(p), nil
	}
	if x.declared >= 0 && x.written+int64(len(p)) > x.declared {
		return 0, http.ErrContentLength
	}
	x.release()
	n, err := x.writer.Write(p)
	x.written += int64(n)
	return n, err
}

// Flush hands the answer's head over.
func (x *exchange) Flush() {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	x.release()
}

// response makes the answer. It reads what the handler wrote before answered
// was closed; the handler changes none of that afterwards.
func (x *exchange) response() (*http.Response, error) {
	if x.failure != nil {
		return nil, x.failure
	}
	response := &http.Response{
		Status:     strconv.Itoa(x.status) + " " + http.StatusText(x.status),
		StatusCode: x.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: x.sent, ContentLength: x.declared, Request: x.request,
	}
	response.Body = &body{x.reader, x.cancel}
	if x.bodyless || x.declared == 0 {
		// Nobody has to read or close this one.
		response.Body = http.NoBody
		if x.request.Method != http.MethodHead {
			response.ContentLength = 0
		}
	}
	return response, nil
}

// body is what the caller reads. Closing it early stops the handler.
type body struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *body) Close() error {
	err := b.PipeReader.Close()
	b.cancel()
	return err
}
