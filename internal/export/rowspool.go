package export

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
)

// widener is a format whose rows can be written before all columns are known,
// and get the cells that they lack later. That is faster than walking items
// twice, and rows take less room in a spool.
type widener interface {
	// widens reports whether it can be done with the format's options.
	widens() bool
	// rows writes rows with these columns.
	rows(c *flatten.Columns) *rowPages
	// widen tells how rows that have only some of the columns get the others: had
	// are those they have, as indexes below all. It returns nil where rows are
	// complete.
	widen(had []int, all int) widening
}

// widening appends rows, which are of so many items, to dst.
type widening func(dst, rows []byte, items int) []byte

// widened is columned for a widener. Each page is written with the columns of
// the pages before it and its own. Almost always that is all the columns there
// are, from the first page on.
func (r *runner) widened(ctx context.Context, incoming feed, columns *flatten.Columns, spool *spool, format widener) error {
	known := new(atomic.Pointer[layout])
	publish := func() error {
		l, err := newLayout(columns)
		known.Store(l)
		return err
	}
	if err := publish(); err != nil {
		return err
	}
	var had layouts
	worker := func() pageEncoder { return newDrafter(format, known) }
	err := r.pipeline.run(ctx, incoming, worker, func(p *piece) error {
		if len(p.found) > 0 {
			before := len(columns.Found)
			if err := columns.Merge(p.found); err != nil {
				return err
			}
			if len(columns.Found) > before {
				if err := publish(); err != nil {
					return err
				}
			}
		}
		rows := p.out
		if spool.file == nil {
			rows = bytes.Clone(rows)
		}
		_, err := spool.add(spooled{page: rows, items: p.items, columns: had.number(p.layout, columns)})
		r.items += int64(p.items)
		return err
	}, r.locate)
	if err != nil {
		return err
	}
	found := slices.Clone(columns.Found)
	if err := r.secondPass(columns, spool); err != nil {
		return err
	}
	if r.drained != nil {
		r.drained()
	}
	wide := had.widenings(found, columns, format)
	worker = func() pageEncoder { return widePages(wide) }
	if err := r.writeWith(ctx, spool.next, worker); err != nil {
		return err
	}
	return r.encoder.end(r.items)
}

// layout is what rows are written with for the time being.
type layout struct {
	found   *flatten.Columns // in the order in which they were found, to go on with
	columns *flatten.Columns // in the order of a header
}

func newLayout(found *flatten.Columns) (*layout, error) {
	l := &layout{found: found.Clone(), columns: found.Clone()}
	return l, l.columns.Freeze()
}

// drafter writes the rows of pages with the columns that are known by then.
type drafter struct {
	format widener
	known  *atomic.Pointer[layout] // from the pages that are in the spool
	layout *layout
	pages  *rowPages
	finder *collector
}

func newDrafter(format widener, known *atomic.Pointer[layout]) *drafter {
	d := &drafter{format: format, known: known}
	d.use(known.Load())
	d.finder = &collector{tree: flatten.NewTree(d.layout.found.Empty())}
	return d
}

func (d *drafter) use(l *layout) {
	d.layout, d.pages = l, d.format.rows(l.columns)
}

func (d *drafter) encode(p *piece) error {
	if l := d.known.Load(); len(l.found.Found) > len(d.layout.found.Found) {
		d.use(l)
	}
	d.pages.tree.Columns.Draft = true
	err := d.pages.encode(p)
	if errors.Is(err, flatten.ErrNewColumn) {
		err = d.again(p)
	}
	p.layout = d.layout.columns
	return err
}

// again writes a page that has columns which are not known.
func (d *drafter) again(p *piece) error {
	p.items = 0
	if err := d.finder.encode(p); err != nil {
		return err
	}
	// What this finder has found before is of earlier pages. So all columns that
	// the page is written with are of it or of those before.
	more := d.layout.found.Clone()
	p.out, p.items = nil, 0
	tooMany := more.Merge(d.finder.tree.Columns.Found)
	if tooMany == nil { // else merging p.found in the order of pages tells which column is one too many
		l, err := newLayout(more)
		if err != nil {
			return err
		}
		d.use(l)
		return d.pages.encode(p)
	}
	return nil
}

// layouts are the columns that the pages of a spool have.
type layouts struct {
	last    *flatten.Columns
	indexes [][]int32 // of columns, in the order in which they were found
}

// number returns the number of a page's columns, all of which must have been
// found by now.
func (l *layouts) number(c, found *flatten.Columns) int {
	if c == l.last {
		return len(l.indexes) - 1
	}
	l.last = c
	indexes := make([]int32, 0, len(c.Found))
	for _, column := range c.Found {
		if i, ok := found.ByName[column.Name]; ok {
			indexes = append(indexes, int32(i))
		}
	}
	if n := len(l.indexes); n == 0 || !slices.Equal(l.indexes[n-1], indexes) {
		l.indexes = append(l.indexes, indexes)
	}
	return len(l.indexes) - 1
}

func (l *layouts) widenings(found []flatten.Column, final *flatten.Columns, format widener) []widening {
	all := make([]widening, len(l.indexes))
	for i, indexes := range l.indexes {
		had := make([]int, len(indexes))
		for j, index := range indexes {
			had[j] = final.ByName[found[index].Name]
		}
		all[i] = format.widen(had, len(final.Found))
	}
	return all
}

// widePages completes the rows of a spool.
type widePages []widening

func (w widePages) encode(p *piece) error {
	p.items, p.out = p.counted, p.page
	if widen := w[p.columns]; widen != nil {
		p.buf = widen(p.buf[:0], p.page, p.items)
		p.out = p.buf
	}
	return nil
}
