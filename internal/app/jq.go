package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/apifyctl/apifyctl/internal/jq"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// filter runs the expression over the whole output, as `… -f json | jq` would:
// over one object, or over the array of all rows, which it has to hold. Strings
// are printed as they are, everything else as JSON, one result a line.
func (p *Printer) filter(ctx context.Context, pages iter.Seq2[[]byte, error], to sink.Sink) error {
	if err := p.filterInto(ctx, pages, to); err != nil {
		return errors.Join(err, to.Abort())
	}
	return to.Commit()
}

func (p *Printer) filterInto(ctx context.Context, pages iter.Seq2[[]byte, error], w io.Writer) (err error) {
	if p.options.Terminal {
		safe := output.SafeWriter(w)
		defer func() { err = errors.Join(err, safe.Flush()) }()
		w = safe
	}
	run := p.query.Array
	if p.options.OneItem {
		run = p.query.Only
	}
	for result, err := range run(ctx, itemsOf(pages)) {
		if input, ok := errors.AsType[*jq.InputError](err); ok {
			return input.Unwrap()
		}
		var line []byte
		if err == nil {
			line, err = result.AppendText(nil)
		}
		if err != nil {
			return fmt.Errorf("--jq: %w", err)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// itemsOf are the items of pages.
func itemsOf(pages iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for page, err := range pages {
			if err != nil {
				yield(nil, err)
				return
			}
			for item, err := range rawjson.Elements(page) {
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}
