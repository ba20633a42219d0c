package export

import (
	"errors"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// rowWriter is what a format with flattened columns adds to rowEncoder.
type rowWriter interface {
	// header is called once, before the rows. There may be no columns.
	header(columns []string) error
	// row gets the scalars of an item as JSON text in the order of the
	// columns; nil where the item has none. It keeps no reference.
	row(cells [][]byte) error
	// flush writes what the rows have left in a buffer.
	flush() error
	// finish writes the format's end.
	finish() error
}

// rowEncoder finds the columns of items and writes rows. Columns are known
// only when all items have been seen, so pages go to a spool first; with
// wanted fields that hold scalars, the second pass starts early and the pages
// after it are written as they come.
type rowEncoder struct {
	tree      *tree
	spool     spool
	rows      rowWriter
	early     bool // the second pass may start before the last page
	streaming bool // it has
	items     int64
}

func newRowEncoder(rows rowWriter, o Options) *rowEncoder {
	return &rowEncoder{
		tree:  newTree(o.Fields),
		spool: spool{dir: o.SpoolDir},
		rows:  rows,
		early: len(o.Fields) > 0 && !o.TwoPass,
	}
}

func (e *rowEncoder) EncodePage(page []byte) (int, error) {
	if e.streaming {
		n, err := e.walk(page, e.rows.row)
		if err != nil {
			return n, err
		}
		return n, e.rows.flush()
	}
	n, err := e.walk(page, nil)
	if err != nil {
		return n, err
	}
	if err := e.spool.add(page); err != nil {
		return n, err
	}
	if !e.early || e.spool.size <= spoolMemory {
		return n, nil
	}
	if e.early = !e.tree.columns.nested(); !e.early {
		return n, nil
	}
	return n, e.secondPass()
}

func (e *rowEncoder) Finish() error {
	if !e.streaming {
		if err := e.secondPass(); err != nil {
			return err
		}
	}
	return e.rows.finish()
}

func (e *rowEncoder) Close() error { return e.spool.close() }

// secondPass writes the header and the rows of the pages that were spooled.
func (e *rowEncoder) secondPass() error {
	names, err := e.tree.columns.freeze(e.tree.root)
	if err != nil {
		return err
	}
	if err := e.rows.header(names); err != nil {
		return err
	}
	e.streaming = true
	e.tree.cells = make([][]byte, len(names))
	e.items = 0
	err = e.spool.replay(func(page []byte) error {
		_, err := e.walk(page, e.rows.row)
		return err
	})
	if err != nil {
		return err
	}
	if err := e.rows.flush(); err != nil {
		return err
	}
	return e.spool.close()
}

// walk flattens the items of a page. use may be nil while columns are only
// collected.
func (e *rowEncoder) walk(page []byte, use func(cells [][]byte) error) (n int, err error) {
	i, err := expect(page, rawjson.SkipSpace(page, 0), '[')
	if err != nil {
		return 0, err
	}
	i = rawjson.SkipSpace(page, i)
	more := i >= len(page) || page[i] != ']'
	if !more {
		i++
	}
	for more {
		if i, err = e.tree.item(page, i); err != nil {
			return n, e.itemError(err)
		}
		n++
		e.items++
		if use != nil {
			if err := use(e.tree.cells); err != nil {
				return n, err
			}
		}
		if i, more, err = separator(page, i, ']'); err != nil {
			return n, e.itemError(err)
		}
	}
	if i = rawjson.SkipSpace(page, i); i != len(page) {
		return n, &rawjson.SyntaxError{Offset: i, Want: "the end"}
	}
	return n, nil
}

func (e *rowEncoder) itemError(err error) error {
	if nested, ok := errors.AsType[*NestedFieldError](err); ok {
		nested.Item = e.items + 1
		return nested
	}
	return itemError(e.items+1, err)
}
