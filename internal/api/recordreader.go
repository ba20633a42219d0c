package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
)

// ErrNotResumable means that the connection broke in the middle of a value and
// the rest cannot be had: what was read is to be thrown away.
var ErrNotResumable = errors.New("the connection broke and the transfer cannot go on where it stopped")

// RecordReader reads a record's value as it was before it was stored: inflated
// where it is stored compressed. When the connection breaks it goes on with the
// next byte, as often as that brings anything.
type RecordReader struct {
	Info  RecordInfo
	wire  *wireReader
	plain io.Reader

	inflated int64 // bytes of the value, where it is stored compressed
}

// A value that is stored compressed may become so large, or so many times as large
// as it is stored, whichever is more.
const (
	maxInflatedValue = 1 << 30
	maxInflatedRatio = 100
)

// OpenRecord begins to read a value. The caller closes the reader.
func (s KeyValueStores) OpenRecord(ctx context.Context, ref Ref, key string) (*RecordReader, error) {
	wire, err := resolve(s.client, ref, s.kind, func(path string) (*wireReader, error) {
		r := s.valueRequest(http.MethodGet, path, key, ref)
		r.stream = true
		answer, err := s.client.send(ctx, attempt{request: &r})
		if err != nil {
			return nil, err
		}
		return &wireReader{
			ctx: ctx, send: s.client.send, request: r, body: answer.stream,
			info: recordInfo(answer.header, answer.length),
		}, nil
	})
	if err != nil {
		return nil, err
	}
	reader := &RecordReader{Info: wire.info, wire: wire}
	if err := reader.inflate(); err != nil {
		return nil, errors.Join(err, wire.Close())
	}
	return reader, nil
}

func (r *RecordReader) inflate() error {
	switch r.Info.ContentEncoding {
	case "":
		r.plain = r.wire
	case "gzip", "x-gzip":
		inflater := new(gzip.Reader)
		r.plain = &lazy{open: func() (io.Reader, error) { return inflater, inflater.Reset(r.wire) }}
	case "br":
		r.plain = brotli.NewReader(r.wire)
	case "deflate":
		r.plain = &lazy{open: func() (io.Reader, error) { return inflated(r.wire) }}
	default:
		return &answerError{err: fmt.Errorf("%w %.40q", errUnknownEncoding, r.Info.ContentEncoding)}
	}
	return nil
}

// lazy opens a decompressor with the first read: its header may be a while in coming.
type lazy struct {
	open   func() (io.Reader, error)
	reader io.Reader
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.reader == nil {
		reader, err := l.open()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // compressed nothing is something
		}
		if err != nil {
			return 0, err
		}
		l.reader = reader
	}
	return l.reader.Read(p)
}

// inflated reads deflate with zlib's header, as HTTP has it, or without, as
// some programs send it.
func inflated(wire io.Reader) (io.Reader, error) {
	var head [2]byte
	n, err := io.ReadFull(wire, head[:])
	if err != nil && n == 0 {
		return nil, err
	}
	all := io.MultiReader(strings.NewReader(string(head[:n])), wire)
	if n == 2 && head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(all)
	}
	return flate.NewReader(all), nil
}

// Read reads the value. The end of the value is io.EOF only when every byte of
// it came. A value that is a bomb, see maxInflatedValue, is an error.
func (r *RecordReader) Read(p []byte) (int, error) {
	n, err := r.plain.Read(p)
	if r.plain != io.Reader(r.wire) {
		r.inflated += int64(n)
		if r.inflated > maxInflatedValue && r.inflated/maxInflatedRatio > r.wire.offset {
			return 0, &answerError{err: fmt.Errorf("a compressed value of which %d MB have become %d MB: it is none that anybody means", r.wire.offset>>20, r.inflated>>20)}
		}
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && errors.Is(r.wire.err, io.EOF) {
		// Cut by somebody who did not know that it was compressed.
		err = fmt.Errorf("%w: the compressed value ends early, after %d bytes", ErrNotResumable, r.wire.offset)
	}
	if errors.Is(err, io.EOF) && r.plain != io.Reader(r.wire) {
		// The wire's own end tells whether the stored value is complete.
		if _, rest := io.Copy(io.Discard, r.wire); rest != nil {
			err = rest
		}
	}
	return n, err
}

// Close ends the transfer.
func (r *RecordReader) Close() error { return r.wire.Close() }

// maxBarren is how often in a row a new connection may bring nothing.
const maxBarren = 8

// wireReader reads the bytes as they are stored, over as many connections as it takes.
type wireReader struct {
	ctx     context.Context // of the whole transfer
	send    handler
	request request
	info    RecordInfo
	body    io.ReadCloser
	offset  int64 // bytes read
	barren  int
	err     error
}

func (w *wireReader) Read(p []byte) (int, error) {
	for w.err == nil {
		n, err := w.body.Read(p)
		w.offset += int64(n)
		if n > 0 {
			w.barren = 0
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && w.complete():
			w.err = io.EOF
		case w.ctx.Err() != nil:
			w.err = w.ctx.Err()
		default:
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			w.err = w.reopen(err)
		}
		if n > 0 || len(p) == 0 {
			return n, nil // w.err, if any, comes with the next call
		}
	}
	return 0, w.err
}

// complete: of a size that was not told, the end of the body is all there is to go by.
func (w *wireReader) complete() bool { return w.info.Size < 0 || w.offset == w.info.Size }

// reopen asks for the rest of the value after a failure. The request is tried
// as often as any other.
func (w *wireReader) reopen(cause error) error {
	_ = w.body.Close() // of a connection that is broken
	w.barren++
	broken := func(why string) error {
		return fmt.Errorf("%w after %d bytes (%w): %s", ErrNotResumable, w.offset, cleanURLError(cause), why)
	}
	r := w.request
	r.header = r.header.Clone()
	validator := w.info.validator()
	switch {
	case w.barren > maxBarren:
		return broken("nothing more comes")
	case w.offset == 0: // from the start, which always works
	case validator == "":
		return broken("the server does not say which version of the value it sends")
	default:
		r.header.Set("Range", "bytes="+strconv.FormatInt(w.offset, 10)+"-")
		r.header.Set("If-Range", validator)
	}
	answer, err := w.send(w.ctx, attempt{request: &r})
	if err != nil {
		if w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		// Its text alone: that the record is gone by now is not that it was not found.
		return broken(err.Error())
	}
	w.body = answer.stream
	switch {
	case recordInfo(answer.header, -1).ContentEncoding != w.info.ContentEncoding:
		// Its bytes would be others, whatever the server calls the version.
		return broken("the server sends the value in another encoding")
	case w.offset == 0:
		w.info = recordInfo(answer.header, answer.length)
	case answer.status != http.StatusPartialContent:
		return broken("the server sends the whole value again, or it has changed")
	case !strings.HasPrefix(answer.header.Get("Content-Range"), fmt.Sprintf("bytes %d-", w.offset)):
		return broken(fmt.Sprintf("the server sends %q instead", shorten(answer.header.Get("Content-Range"), 80)))
	case answer.header.Get("ETag") != w.info.ETag && answer.header.Get("ETag") != "":
		return broken("the value has changed")
	case !w.rests(answer):
		return broken("the server has a value of another size")
	}
	return nil
}

// rests tells whether a part of the value is as large as what is missing of it,
// as far as sizes are told.
func (w *wireReader) rests(answer *response) bool {
	if w.info.Size < 0 {
		return true
	}
	_, size, _ := strings.Cut(answer.header.Get("Content-Range"), "/")
	whole, err := strconv.ParseInt(size, 10, 64)
	return (err != nil || whole == w.info.Size) && (answer.length < 0 || answer.length == w.info.Size-w.offset)
}

// Close ends the transfer.
func (w *wireReader) Close() error {
	if w.err == nil {
		w.err = http.ErrBodyReadAfterClose
	}
	return w.body.Close()
}
