package export

import (
	"context"
	"fmt"
	"io"
	"iter"
)

// Sink is where an export goes. Nothing counts before Commit; Abort after
// Commit does nothing.
type Sink interface {
	io.Writer
	Commit() error
	Abort() error
}

// Summary says what an export wrote.
type Summary struct {
	Items int64
	Bytes int64 // written to the sink, before compression
}

// Run writes all pages in a format and commits the sink when every page, the
// end of the format and the last byte went well. Otherwise it aborts it.
func Run(ctx context.Context, pages iter.Seq2[[]byte, error], f Format, o Options, sink Sink) (summary Summary, err error) {
	defer func() {
		err = both(err, sink.Abort())
	}()
	counter := &countingWriter{w: sink}
	summary.Items, err = encode(ctx, pages, f, o, counter)
	summary.Bytes = counter.n
	if err != nil {
		return summary, err
	}
	return summary, sink.Commit()
}

func encode(ctx context.Context, pages iter.Seq2[[]byte, error], f Format, o Options, w io.Writer) (items int64, err error) {
	encoder, err := f.New(w, o)
	if err != nil {
		return 0, err
	}
	defer func() {
		err = both(err, encoder.Close())
	}()
	for page, err := range pages {
		if err != nil {
			return items, err
		}
		if err := ctx.Err(); err != nil {
			return items, err
		}
		n, err := encoder.EncodePage(page)
		items += int64(n)
		if err != nil {
			return items, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return items, err
	}
	if err := encoder.Finish(); err != nil {
		return items, fmt.Errorf("%s: %w", f.Name, err)
	}
	return items, nil
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Stream is a sink that cannot take anything back, such as stdout. It does not
// buffer, so that a page shows as soon as it is there; the encoders write in
// large pieces.
func Stream(w io.Writer) Sink { return stream{w} }

type stream struct{ io.Writer }

func (stream) Commit() error { return nil }
func (stream) Abort() error  { return nil }
