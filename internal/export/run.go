package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// Summary says what an export wrote.
type Summary struct {
	Items    int64
	Bytes    int64    // written to the sink, before compression
	Warnings []string // what Options.Truncate has cost
}

// Pages are items on their way, each page a JSON array, and the memory that they
// are lent. A page belongs to whoever takes it.
type Pages struct {
	All iter.Seq2[[]byte, error]

	// Release takes the memory of a page that nobody needs any more. It is called
	// from several goroutines, and not for all pages; nil: nobody wants it.
	Release func(page []byte)

	// Drained is called when the last page was taken and a second pass begins: what
	// is kept for further pages may go. It may be nil.
	Drained func()
}

// PagesOf are pages whose memory nobody wants back.
func PagesOf(all iter.Seq2[[]byte, error]) Pages { return Pages{All: all} }

// Run writes all pages in a format and commits the sink when every page, the
// end of the format and the last byte went well. Otherwise it aborts it. Pages
// belong to Run once they are handed out.
func Run(ctx context.Context, pages Pages, f Format, o Options, to sink.Sink) (summary Summary, err error) {
	defer func() {
		err = sink.Both(err, to.Abort())
	}()
	counter := &countingWriter{w: to}
	summary, err = encode(ctx, pages, f, o, counter)
	summary.Bytes = counter.n
	if err != nil {
		return summary, err
	}
	sink.CountItems(to, summary.Items)
	return summary, to.Commit()
}

func encode(ctx context.Context, pages Pages, f Format, o Options, w io.Writer) (Summary, error) {
	warnings := newWarnings()
	o.warnings = warnings
	encoder, err := f.create(w, o)
	if err != nil {
		return Summary{}, err
	}
	if f.cut {
		pages = Pages{All: blocks(pages), Drained: pages.Drained}
	}
	next, stop := iter.Pull2(pages.All)
	defer stop()
	r := &runner{format: f.Name, encoder: encoder, pipeline: newPipeline(), numbered: f.numbered, failed: o.Failed, release: pages.Release, drained: pages.Drained}
	if _, keeps := encoder.(sequential); keeps {
		r.release = nil
	}
	incoming := func(p *piece) (bool, error) {
		page, err, ok := next()
		p.page, p.fresh, p.release, p.spooled = page, true, r.release, nil // no page comes from a spool any more
		if err != nil {
			return false, &sourceError{err}
		}
		return ok, nil
	}
	if driver, ok := encoder.(driver); ok {
		err = driver.drive(ctx, r, incoming)
	} else if f.Columns {
		err = r.columned(ctx, incoming, o)
	} else {
		err = r.plain(ctx, incoming)
	}
	summary := Summary{Items: r.items, Warnings: warnings.all()}
	if source, ok := errors.AsType[*sourceError](err); ok {
		return summary, source.err
	}
	if err != nil && ctx.Err() == nil {
		return summary, fmt.Errorf("%s: %w", f.Name, err)
	}
	return summary, err
}

// driver is an encoder that goes through the pages in its own way; it is called
// instead of all other methods.
type driver interface {
	drive(ctx context.Context, r *runner, incoming feed) error
}

// sourceError is an error of whoever delivers the pages.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// runner feeds an encoder.
type runner struct {
	format   string
	encoder  encoder
	pipeline *pipeline
	numbered bool
	release  func([]byte) // see Pages; nil where it is of no use
	drained  func()       // likewise
	fed      int64        // items that were handed to workers; counted only where numbered
	items    int64        // items that were written
	failed   func()
}

func (r *runner) plain(ctx context.Context, incoming feed) error {
	if err := r.encoder.begin(nil); err != nil {
		return err
	}
	if err := r.write(ctx, incoming); err != nil {
		return err
	}
	return r.encoder.end(r.items)
}

type feed = func(*piece) (bool, error)

// write encodes and writes all that a feed brings.
func (r *runner) write(ctx context.Context, incoming feed) error {
	if r.numbered {
		incoming = r.number(incoming)
	}
	return r.writeWith(ctx, incoming, r.encoder.worker)
}

// writeWith is write with other workers than the format's own.
func (r *runner) writeWith(ctx context.Context, incoming feed, worker func() pageEncoder) error {
	return r.pipeline.run(ctx, incoming, worker, func(p *piece) error {
		err := r.encoder.write(p)
		r.items += int64(p.items)
		if err == nil {
			p.letGo()
		}
		return err
	}, r.locate)
}

// locate counts the item of an error over all pages.
func (r *runner) locate(err error) error {
	if r.failed != nil && !errors.Is(err, errEnough) {
		r.failed()
	}
	if item, ok := errors.AsType[*ItemError](err); ok && !item.absolute {
		item.Item += r.items
		item.absolute = true
	}
	return err
}

// number tells pieces how many items were before them.
func (r *runner) number(incoming feed) feed {
	return func(p *piece) (bool, error) {
		more, err := incoming(p)
		if !more || err != nil {
			return more, err
		}
		p.first = r.fed
		count := p.counted
		if count == 0 {
			if count, err = rawjson.Count(p.page); err != nil {
				err = itemError(r.fed+int64(count)+1, err)
			}
		}
		r.fed += int64(count)
		return true, err
	}
}

// ItemError is an item that cannot be written.
type ItemError struct {
	Item     int64 // counted from 1
	Err      error
	absolute bool // Item counts all pages, not only its own
}

func (e *ItemError) Error() string { return fmt.Sprintf("item %d: %v", e.Item, e.Err) }
func (e *ItemError) Unwrap() error { return e.Err }

// itemError is an error of an item, counted from 1 over all pages.
func itemError(number int64, err error) error {
	return &ItemError{Item: number, Err: err, absolute: true}
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
