package export

import (
	"context"
	"errors"
	"slices"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// columned writes a format with columns. They are known only when all items
// have been seen, so pages, or the rows that they became, go to a spool first;
// with wanted fields that hold scalars, the second pass starts early and the
// pages after it are written as they come.
func (r *runner) columned(ctx context.Context, incoming feed, o Options) (err error) {
	if o.Exact != nil {
		if err := r.encoder.begin(flatten.Exactly(o.Exact)); err != nil {
			return err
		}
		if err := r.write(ctx, incoming); err != nil {
			return err
		}
		return r.encoder.end(r.items)
	}
	columns := flatten.NewColumns(o.Fields, o.Truncate, o.warnings.losses)
	spool := &spool{dir: o.SpoolDir}
	defer func() { err = sink.Both(err, spool.close()) }()
	ended := false
	watched := func(p *piece) (bool, error) {
		more, err := incoming(p)
		ended = !more
		return more, err
	}
	early := len(o.Fields) > 0 && !o.TwoPass
	if rows, ok := r.encoder.(widener); ok && rows.widens() && len(o.Fields) == 0 && !o.Truncate {
		return r.widened(ctx, incoming, columns, spool, rows)
	}
	for !ended && !o.OnePass {
		if err := r.collect(ctx, watched, columns, spool, early); err != nil {
			return err
		}
		if early = early && !columns.Nested(); early {
			break
		}
	}
	if err := r.secondPass(columns, spool); err != nil {
		return err
	}
	if ended && r.drained != nil {
		r.drained()
	}
	if err := r.write(ctx, spool.next); err != nil {
		return err
	}
	if !ended {
		if err := spool.close(); err != nil { // it would stay on disk for as long as the rest takes
			return err
		}
		if err := r.write(ctx, incoming); err != nil {
			return err
		}
	}
	return r.encoder.end(r.items)
}

// secondPass begins the output with the columns that there are, and the spool
// with its first page.
func (r *runner) secondPass(columns *flatten.Columns, spool *spool) error {
	r.items = 0
	if err := columns.Freeze(); err != nil {
		return err
	}
	if err := r.encoder.begin(columns); err != nil {
		return err
	}
	return spool.rewind()
}

// collect puts pages into the spool and gathers their columns; early ends it
// when the spool is full.
func (r *runner) collect(ctx context.Context, incoming feed, columns *flatten.Columns, spool *spool, early bool) error {
	worker := func() pageEncoder { return &collector{tree: flatten.NewTree(columns.Empty())} }
	return r.pipeline.run(ctx, incoming, worker, func(p *piece) error {
		if err := columns.Merge(p.found); err != nil {
			return err
		}
		kept, err := spool.add(spooled{page: p.page, items: p.items})
		if err != nil {
			return err
		}
		if !kept {
			p.letGo()
		}
		r.items += int64(p.items)
		if early && spool.size > spoolMemory {
			return errEnough
		}
		return nil
	}, r.locate)
}

// collector finds the columns of pages.
type collector struct {
	tree     *flatten.Tree
	reported int
}

func (c *collector) encode(p *piece) error {
	err := walk(c.tree, p, func(int) error { return nil })
	p.found = slices.Clone(c.tree.Columns.Found[c.reported:])
	c.reported = len(c.tree.Columns.Found)
	return err
}

// rowPages encodes the items of pages as rows of cells.
type rowPages struct {
	tree *flatten.Tree
	// row appends a row; item counts from 0 in the page.
	row func(dst []byte, cells *flatten.Cells, item int) ([]byte, error)
}

func newRowPages(c *flatten.Columns, row func(dst []byte, cells *flatten.Cells, item int) ([]byte, error)) *rowPages {
	return &rowPages{tree: flatten.NewRows(c), row: row}
}

func (r *rowPages) encode(p *piece) error {
	p.reserve()
	err := walk(r.tree, p, func(item int) (err error) {
		p.buf, err = r.row(p.buf, &r.tree.Cells, item)
		return err
	})
	if err != nil {
		return err
	}
	p.encoded()
	return nil
}

// walk flattens the items of a page; use is called behind each.
func walk(t *flatten.Tree, p *piece, use func(item int) error) error {
	page := p.page
	i, err := rawjson.Expect(page, rawjson.SkipSpace(page, 0), '[')
	if err != nil {
		return err
	}
	i = rawjson.SkipSpace(page, i)
	more := i >= len(page) || page[i] != ']'
	if !more {
		i++
	}
	for more {
		if i, err = t.Item(page, i); err != nil {
			return pageItemError(p.items, err)
		}
		if err := use(p.items); err != nil {
			return pageItemError(p.items, err)
		}
		p.items++
		if i, more, err = rawjson.Separator(page, i, ']'); err != nil {
			return pageItemError(p.items, err)
		}
	}
	if i = rawjson.SkipSpace(page, i); i != len(page) {
		return &rawjson.SyntaxError{Offset: i, Want: "the end"}
	}
	return nil
}

// pageItemError is an error of the item with that index in its page.
func pageItemError(index int, err error) error {
	if _, ok := errors.AsType[*ItemError](err); ok {
		return err
	}
	return &ItemError{Item: int64(index) + 1, Err: err}
}
