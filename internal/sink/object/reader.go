package object

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Content says what a store sends of an object.
type Content struct {
	Length int64  // of what is sent
	Tag    string // of this version of the object
}

// From is the value of a Range header.
func From(offset int64) string { return fmt.Sprintf("bytes=%d-", offset) }

// NewReader reads an object that open opens behind an offset, and which has to be of
// the version of tag there. When the connection breaks it goes on where it was.
func NewReader(ctx context.Context, retries Retries, open func(offset int64, tag string) (io.ReadCloser, Content, error)) (io.ReadCloser, error) {
	body, content, err := open(0, "")
	if err != nil {
		return nil, err
	}
	return &reader{ctx: ctx, retries: retries, open: open, body: body, total: content.Length, tag: content.Tag}, nil
}

type reader struct {
	ctx     context.Context //nolint:containedctx // of the command that reads
	retries Retries
	open    func(int64, string) (io.ReadCloser, Content, error)
	body    io.ReadCloser
	offset  int64
	total   int64
	tag     string
	tries   int // since something came
}

func (r *reader) Read(p []byte) (int, error) {
	for {
		n, err := r.body.Read(p)
		r.offset += int64(n)
		if n > 0 {
			r.tries = 0
			return n, nil // an error comes again
		}
		switch {
		case err == nil:
			continue
		case errors.Is(err, io.EOF) && r.offset >= r.total:
			return 0, io.EOF
		case r.ctx.Err() != nil:
			return 0, r.ctx.Err()
		}
		if err := r.again(FromNetwork(err)); err != nil {
			return 0, err
		}
	}
}

// again opens the object where the connection broke off.
func (r *reader) again(broken error) error {
	if r.tries++; r.tries > r.retries.tries() {
		return broken
	}
	if err := r.retries.wait(r.ctx, r.tries, broken); err != nil {
		return err
	}
	body, content, err := r.open(r.offset, r.tag)
	switch {
	case Exists.Is(err):
		return &Error{Kind: Failed, Problem: "the object was replaced while it was read", Err: err}
	case err != nil:
		return err
	case r.offset+content.Length != r.total:
		return errors.Join(&Error{Kind: Failed, Problem: "the store does not send the rest of the object that was asked for"}, body.Close())
	}
	_ = r.body.Close() // it is broken
	r.body = body
	return nil
}

func (r *reader) Close() error { return r.body.Close() }
