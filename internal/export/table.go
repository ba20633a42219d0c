package export

import (
	"fmt"
	"io"

	"github.com/clipperhouse/displaywidth"
)

// A table's columns and their widths are those of its first block.
const (
	blockItems = 500
	blockBytes = 8 << 20
)

const columnGap = 2

// tableEncoder writes columns to look at: the members of the items in the
// order in which they first appear, nested values as JSON. Everything that a
// terminal would obey is made visible, wherever the output goes. It is laid out
// here, as tablewriter takes 10 ms of every start to ask for the locale, and
// then measures text by it.
type tableEncoder struct {
	output
	options Options
	cells   tableCells
	block   [][]string // rows until the widths are known
	size    int        // bytes in the block
	widths  []int
	hidden  int // columns that do not fit
	started bool
	items   int64
}

func newTable(w io.Writer, o Options) (Encoder, error) {
	return &tableEncoder{output: output{w: w}, options: o, cells: newTableCells(o)}, nil
}

func (e *tableEncoder) EncodePage(page []byte) (int, error) {
	n, err := e.cells.rows(page, &e.items, e.row)
	if err != nil {
		return n, err
	}
	return n, e.flush()
}

func (e *tableEncoder) row(row []string) error {
	if e.started {
		return e.line(e.fit(row), "", "")
	}
	e.block = append(e.block, row)
	for _, cell := range row {
		e.size += len(cell)
	}
	if len(e.block) < blockItems && e.size < blockBytes {
		return nil
	}
	return e.start()
}

func (e *tableEncoder) Finish() error {
	if !e.started {
		if err := e.start(); err != nil {
			return err
		}
	}
	return e.flush()
}

func (*tableEncoder) Close() error { return nil }

// start writes the header and the first block.
func (e *tableEncoder) start() error {
	e.started = true
	e.cells.frozen = true
	names := e.cells.headers()
	if len(names) == 0 {
		return nil
	}
	natural := make([]int, len(names))
	for i, name := range names {
		natural[i] = max(1, displaywidth.String(name))
	}
	for _, row := range e.block {
		for i, cell := range row {
			natural[i] = max(natural[i], displaywidth.String(cell))
		}
	}
	e.widths, e.hidden = fitColumns(natural, e.options.Width)
	if err := e.header(names); err != nil {
		return err
	}
	for _, row := range e.block {
		if err := e.line(e.fit(row), "", ""); err != nil {
			return err
		}
	}
	e.block = nil
	return nil
}

// header shortens the names, and says in the last column how many columns
// there was no room for.
func (e *tableEncoder) header(names []string) error {
	if e.options.NoHeader {
		return nil
	}
	cells := e.fit(names)
	if e.hidden > 0 {
		cells[len(cells)-1] = fmt.Sprintf("+%d", e.hidden)
	}
	if e.options.Color {
		return e.line(cells, "\x1b[1m", "\x1b[0m")
	}
	return e.line(cells, "", "")
}

// line writes cells below each other, without blanks at the end, between two
// sequences that set and reset their colour.
func (e *tableEncoder) line(cells []string, set, reset string) error {
	e.buf = append(e.buf, set...)
	blanks := 0
	for i, cell := range cells {
		if cell != "" {
			for range blanks {
				e.buf = append(e.buf, ' ')
			}
			blanks = 0
			e.buf = append(e.buf, cell...)
		}
		blanks += max(0, e.widths[i]-displaywidth.String(cell)) + columnGap
	}
	e.buf = append(append(e.buf, reset...), '\n')
	return e.spill()
}

// fit shortens the cells of a row, which may have fewer or more cells than
// there are columns.
func (e *tableEncoder) fit(row []string) []string {
	cells := make([]string, len(e.widths))
	for i := range cells {
		switch {
		case e.hidden > 0 && i == len(cells)-1:
			cells[i] = "…"
		case i < len(row):
			cells[i] = shorten(row[i], e.widths[i])
		default:
			cells[i] = e.cells.nulls
		}
	}
	return cells
}
