package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync/atomic"
)

// maxErrorBody bounds how much of an error answer is read.
const maxErrorBody = 1 << 16

// maxAnswer bounds an answer that is held in memory, decompressed: a page of a
// list, or one item.
const maxAnswer = 256 << 20

// maxPrealloc bounds what is reserved for a body on the word of a header.
const maxPrealloc = 64 << 20

const maxRedirects = 10

// errTooLarge is what every tooLargeError is.
var errTooLarge = errors.New("the answer is too large")

// tooLargeError is an answer of more bytes than were wanted.
type tooLargeError struct{ limit int }

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d MB", e.limit>>20)
}

func (e *tooLargeError) Is(target error) bool { return target == errTooLarge }

// redirectError is a redirect that is not followed.
type redirectError struct{ reason string }

func (e *redirectError) Error() string { return e.reason }

// exchange sends a request once, follows redirects of GET and HEAD, and reads
// the whole body. Other methods are not redirected: net/http would turn a POST
// into a GET, whose good answer says nothing about the POST.
func exchange(base *url.URL, wire http.RoundTripper, network bool) handler {
	client := &http.Client{Transport: wire, CheckRedirect: checkRedirect}
	return func(ctx context.Context, a attempt) (*response, error) {
		if network && a.once && !a.stream {
			var end context.CancelFunc
			ctx, end = outlive(ctx, lastAnswer)
			defer end()
		}
		var progress sendProgress
		req, err := newRequest(httptrace.WithClientTrace(ctx, progress.trace()), base, a.request, network)
		if err != nil {
			return nil, err
		}
		res, err := client.Do(req)
		if err != nil {
			if missing := unreachable(err, req.URL.Host); missing != nil {
				return nil, &transportError{err: missing, acted: progress.mayHaveActed(err)}
			}
			return nil, &transportError{err: cleanURLError(err), acted: progress.mayHaveActed(err)}
		}
		answer := &response{status: res.StatusCode, header: res.Header, requested: req.Header}
		if a.stream && res.StatusCode < 300 {
			answer.stream, answer.length = res.Body, res.ContentLength
			return answer, nil
		}
		answer.body, err = readBody(res, a.request)
		_ = res.Body.Close() // of a body that was read to its end, or given up
		if a.packed && res.StatusCode >= 300 {
			_ = unpack(answer, new(memory), maxErrorBody) // as below
		}
		if res.StatusCode >= 300 || a.statusIsAll || err == nil {
			// The status says it all; what is known of the body helps the message.
			return answer, nil
		}
		return answer, &transportError{err: fmt.Errorf("reading the answer: %w", cleanURLError(err)), acted: true}
	}
}

func newRequest(ctx context.Context, base *url.URL, r *request, network bool) (*http.Request, error) {
	target, err := url.Parse(base.String() + r.path)
	if err != nil {
		return nil, fmt.Errorf("path %q: %w", r.path, err)
	}
	target.RawQuery = r.query.Encode()
	body, encoding := r.body, ""
	if network && r.header == nil && len(body) >= minCompressed {
		if body, err = compress(body); err != nil {
			return nil, err
		}
		encoding = "gzip"
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target.String(), reader)
	if err != nil {
		return nil, err
	}
	if r.header != nil {
		req.Header = r.header.Clone()
		return req, r.upload.attach(req)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	req.Header.Set("Accept", "application/json")
	if r.packed && network {
		req.Header.Set("Accept-Encoding", acceptEncoding)
	}
	return req, nil
}

// attach makes the upload, if there is one, the request's body.
func (u *Upload) attach(req *http.Request) error {
	if u == nil {
		return nil
	}
	if u.Size == 0 {
		req.Body, req.ContentLength = http.NoBody, 0
		return nil
	}
	body, err := u.Open()
	if err != nil {
		return err
	}
	req.Body, req.GetBody, req.ContentLength = body, u.Open, u.Size
	return nil
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].Method
	if first != http.MethodGet && first != http.MethodHead {
		return http.ErrUseLastResponse
	}
	if len(via) > maxRedirects {
		return &redirectError{reason: fmt.Sprintf("more than %d redirects", maxRedirects)}
	}
	from := via[len(via)-1].URL
	switch {
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return &redirectError{reason: "redirected to something that is not HTTP"}
	case from.Scheme == "https" && req.URL.Scheme == "http":
		return &redirectError{reason: "redirected from https to plain http"}
	case isInside(req.URL.Hostname()) && !isInside(via[0].URL.Hostname()):
		return &redirectError{reason: "redirected into this machine's own network"}
	}
	return nil
}

func readBody(res *http.Response, r *request) ([]byte, error) {
	limit := maxAnswer
	if r.maxBytes > 0 {
		limit = r.maxBytes
	}
	if res.StatusCode >= 300 {
		limit = maxErrorBody
	}
	hint := r.sizeHint
	if res.ContentLength > 0 {
		hint = int(min(res.ContentLength, maxPrealloc)) + 1
	}
	var room []byte
	if r.buffer != nil {
		room = r.buffer()
	}
	return readAll(res.Body, room, min(hint, maxPrealloc), limit)
}

// readAll is io.ReadAll into memory that is there, with a first guess at the size
// and a bound.
func readAll(source io.Reader, body []byte, hint, limit int) ([]byte, error) {
	body = slices.Grow(body[:0], min(max(hint, 512), limit+1))
	for len(body) <= limit {
		if len(body) == cap(body) { // twice as much: slices.Grow takes more, and fills it with zeros
			more := make([]byte, min(2*len(body), limit+1))
			body = more[:copy(more, body)]
		}
		n, err := source.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case len(body) > limit:
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		}
	}
	return body[:limit], &tooLargeError{limit: limit}
}

// sendProgress learns from the transport how far a request got.
type sendProgress struct {
	traced, wrote atomic.Bool
}

// trace starts over with each connection: net/http goes on to another one by
// itself only when nothing was sent on the last or the request is idempotent.
func (p *sendProgress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			p.traced.Store(true)
			p.wrote.Store(false)
		},
		WroteHeaders: func() { p.wrote.Store(true) },
	}
}

// mayHaveActed is false only when the server certainly never saw the request.
func (p *sendProgress) mayHaveActed(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return false
	}
	if p.traced.Load() {
		return p.wrote.Load()
	}
	return true // a transport that says nothing
}
