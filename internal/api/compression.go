package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"github.com/apifyctl/apifyctl/internal/inflate"
)

// minCompressed is the size from which a body is sent compressed, as the
// official clients do it.
const minCompressed = 1024

// acceptEncoding prefers gzip, which inflates faster than brotli.
const acceptEncoding = "gzip, br;q=0.5"

var errUnknownEncoding = errors.New("the answer has an unknown content encoding")

// decompression asks for compressed answers and inflates them. A body that ends
// before its compressed form is complete is io.ErrUnexpectedEOF.
//
// A page of items is not inflated here but by unpack, as a whole and when it is
// wanted.
type decompression struct {
	next  http.RoundTripper
	gzips sync.Pool // *gzip.Reader
}

func (t *decompression) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("Accept-Encoding") != "" {
		return t.next.RoundTrip(req) // who asks for encodings sees to them
	}
	req = req.Clone(req.Context())
	req.Header.Set("Accept-Encoding", acceptEncoding)
	res, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	encoding := contentEncoding(res.Header)
	if encoding == "" || res.ContentLength == 0 ||
		req.Method == http.MethodHead || res.StatusCode == http.StatusNoContent {
		return res, nil
	}
	body := &inflatedBody{wire: res.Body}
	switch encoding {
	case "gzip", "x-gzip":
		body.open = func() (io.Reader, error) { return t.openGzip(body) }
	case "br":
		body.open = func() (io.Reader, error) { return brotli.NewReader(body.wire), nil }
	default:
		return nil, errors.Join(unknownEncoding(encoding), res.Body.Close())
	}
	res.Body = body
	res.Header.Del("Content-Encoding")
	res.Header.Del("Content-Length")
	res.ContentLength = -1
	res.Uncompressed = true
	return res, nil
}

func (t *decompression) openGzip(body *inflatedBody) (io.Reader, error) {
	reader, ok := t.gzips.Get().(*gzip.Reader)
	if !ok {
		reader = new(gzip.Reader)
	}
	if err := reader.Reset(body.wire); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // not even a gzip header
		}
		return nil, err
	}
	body.release = func() { t.gzips.Put(reader) }
	return reader, nil
}

// inflatedBody opens its decompressor on the first read, so that waiting for the
// body's first bytes happens where bodies are read.
type inflatedBody struct {
	wire    io.ReadCloser
	open    func() (io.Reader, error)
	release func()
	reader  io.Reader
	err     error
}

func (b *inflatedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.reader == nil {
		if b.reader, b.err = b.open(); b.err != nil {
			return 0, b.err
		}
	}
	n, err := b.reader.Read(p)
	if errors.Is(err, io.EOF) {
		// Reading to the wire's own end notices a short body and frees the connection.
		if _, drainErr := io.CopyN(io.Discard, b.wire, 512); drainErr != nil && !errors.Is(drainErr, io.EOF) {
			err = drainErr
		}
	}
	b.err = err
	return n, err
}

func (b *inflatedBody) Close() error {
	if b.release != nil {
		b.release()
		b.release, b.reader, b.err = nil, nil, http.ErrBodyReadAfterClose
	}
	return b.wire.Close()
}

// contentEncoding is how a body is compressed; "" for not at all.
func contentEncoding(header http.Header) string {
	encoding := strings.ToLower(strings.TrimSpace(header.Get("Content-Encoding")))
	if encoding == "identity" {
		return ""
	}
	return encoding
}

func unknownEncoding(encoding string) error {
	return fmt.Errorf("%w %.40q", errUnknownEncoding, encoding)
}

// unpack replaces a body that came compressed. limit bounds its text, in bytes.
func unpack(answer *response, memory *memory, limit int) (err error) {
	encoding := contentEncoding(answer.header)
	if encoding == "" {
		return nil
	}
	answer.header.Del("Content-Encoding")
	var text []byte
	switch encoding {
	case "gzip", "x-gzip":
		size := min(inflate.TextSize(answer.body), limit)
		text, err = new(inflate.Decoder).Gzip(memory.take(size+inflate.Slack), answer.body, limit)
	case "br":
		text, err = readAll(brotli.NewReader(bytes.NewReader(answer.body)), nil, 4*len(answer.body), limit)
	default:
		err = unknownEncoding(encoding)
	}
	answer.body = text
	switch {
	case errors.Is(err, inflate.ErrTooLarge):
		err = &tooLargeError{limit: limit}
	case err != nil && !errors.Is(err, errUnknownEncoding) && !errors.Is(err, errTooLarge):
		err = fmt.Errorf("reading the answer: %w", err)
	case err == nil:
		return nil
	}
	return &transportError{err: err, acted: true}
}

// compress returns body as gzip, fast rather than small.
func compress(body []byte) ([]byte, error) {
	var out bytes.Buffer
	out.Grow(len(body)/4 + 64)
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
