package export

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// A table's columns and their widths are those of its first block.
const (
	blockItems = 500
	blockBytes = 8 << 20
)

const columnGap = 2

// tableEncoder writes columns to look at: the members of the items in the
// order in which they first appear, nested values as JSON. Everything that a
// terminal would obey is made visible, wherever the output goes.
type tableEncoder struct {
	w       io.Writer
	options Options
	cells   tableCells
	block   [][]string // rows until the widths are known
	size    int        // bytes in the block
	started bool
	fitted
	right []bool // columns of numbers
	lines strings.Builder
	items int64
}

func newTable(w io.Writer, o Options) (encoder, error) {
	return sequential{&tableEncoder{w: w, options: o, cells: newTableCells(o)}}, nil
}

func (e *tableEncoder) encodePage(page []byte) (int, error) {
	n, err := e.cells.rows(page, &e.items, e.row)
	if err != nil {
		return n, err
	}
	return n, e.flush()
}

func (e *tableEncoder) row(row []string) error {
	if e.started {
		e.line(row, e.cells.nulls)
		return nil
	}
	e.block = append(e.block, row)
	for _, cell := range row {
		e.size += len(cell)
	}
	if len(e.block) == blockItems || e.size >= blockBytes {
		e.start()
	}
	return nil
}

func (e *tableEncoder) finish() error {
	if !e.started {
		e.start()
	}
	return e.flush()
}

// start writes the header and the first block.
func (e *tableEncoder) start() {
	e.started, e.cells.frozen = true, true
	names := e.cells.headers()
	if len(names) == 0 {
		return
	}
	layout := e.options.Layout
	layout.Chosen = layout.Chosen || e.cells.fixed
	e.fitted = fitColumns(e.columnsOf(names), e.options.Width, layout)
	e.right = numeric(e.block, len(names))
	if !e.options.NoHeader {
		e.header(names)
	}
	for _, row := range e.block {
		e.line(row, e.cells.nulls)
	}
	e.block = nil
}

// columnsOf says what the first block has in its columns; names are those of the
// header.
func (e *tableEncoder) columnsOf(names []string) []tableColumn {
	columns := make([]tableColumn, len(names))
	for i, name := range names {
		columns[i] = tableColumn{name: e.cells.names[i], width: max(1, runewidth.StringWidth(name)), link: true, nested: true}
	}
	some := make([]bool, len(names))
	for _, row := range e.block {
		for i, cell := range row {
			if cell == e.cells.nulls || cell == "" {
				continue
			}
			c := &columns[i]
			some[i] = true
			c.width = max(c.width, runewidth.StringWidth(cell))
			c.link = c.link && startsWithHTTP([]byte(cell))
			c.nested = c.nested && (cell[0] == '{' || cell[0] == '[')
		}
	}
	for i := range columns {
		columns[i].link, columns[i].nested = columns[i].link && some[i], columns[i].nested && some[i]
	}
	return columns
}

// isFigure tells what counts, sizes, amounts of money and other figures look like.
func isFigure(cell string) bool {
	digits := strings.TrimLeft(strings.TrimRight(strings.TrimSuffix(cell, "B"), " kMGTPE"), "-+<$")
	return digits != "" && strings.Trim(digits, "0123456789.,eE+-") == "" && digits[0] >= '0' && digits[0] <= '9'
}

// numeric tells which columns hold numbers, and nothing but numbers and cells
// that say that there is none.
func numeric(rows [][]string, columns int) []bool {
	some, other := make([]bool, columns), make([]bool, columns)
	for _, row := range rows {
		for i, cell := range row {
			switch {
			case cell == "" || cell == "-":
			case isFigure(cell):
				some[i] = true
			default:
				other[i] = true
			}
		}
	}
	for i := range some {
		some[i] = some[i] && !other[i]
	}
	return some
}

// header shortens the names, and says at the end how many columns there was no
// room for.
func (e *tableEncoder) header(names []string) {
	line := e.text(names, "", fmt.Sprintf("+%d", e.hidden))
	if e.options.Color {
		line = "\x1b[1m" + line + "\x1b[0m"
	}
	e.lines.WriteString(line + "\n")
}

func (e *tableEncoder) line(row []string, missing string) {
	e.lines.WriteString(e.text(row, missing, "…") + "\n")
}

// text is a line without blanks at its end. A row may have fewer or more cells
// than there are columns; rest stands for the columns that are not shown.
func (e *tableEncoder) text(row []string, missing, rest string) string {
	var line strings.Builder
	for n, column := range e.columns {
		cell := missing
		if column < len(row) {
			cell = shorten(row[column], e.widths[n])
		}
		blanks := strings.Repeat(" ", max(0, e.widths[n]-runewidth.StringWidth(cell)))
		if n > 0 {
			line.WriteString(strings.Repeat(" ", columnGap))
		}
		if e.right[column] {
			line.WriteString(blanks + cell)
		} else {
			line.WriteString(cell + blanks)
		}
	}
	if e.hidden > 0 {
		line.WriteString(strings.Repeat(" ", columnGap) + rest)
	}
	return strings.TrimRight(line.String(), " ")
}

// flush writes the lines that there are so far.
func (e *tableEncoder) flush() error {
	if e.lines.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(e.w, e.lines.String())
	e.lines.Reset()
	return err
}
