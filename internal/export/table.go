package export

import (
	"bytes"
	"fmt"
	"io"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
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
	w        io.Writer
	options  Options
	cells    tableCells
	block    [][]string // rows until the widths are known
	size     int        // bytes in the block
	widths   []int
	hidden   int // columns that do not fit
	table    *tablewriter.Table
	rendered bytes.Buffer
	items    int64
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
	if e.table != nil {
		return e.append(row)
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

func (e *tableEncoder) finish() error {
	if e.table == nil {
		if err := e.start(); err != nil {
			return err
		}
	}
	if e.table == nil {
		return nil
	}
	if err := e.table.Close(); err != nil {
		return err
	}
	return e.flush()
}

// start writes the header and the first block.
func (e *tableEncoder) start() error {
	e.cells.frozen = true
	names := e.cells.headers()
	if len(names) == 0 {
		return nil
	}
	natural := make([]int, len(names))
	for i, name := range names {
		natural[i] = max(1, twwidth.Width(name))
	}
	for _, row := range e.block {
		for i, cell := range row {
			natural[i] = max(natural[i], twwidth.Width(cell))
		}
	}
	e.widths, e.hidden = fitColumns(natural, e.options.Width)
	e.table = e.newTable()
	if err := e.table.Start(); err != nil {
		return err
	}
	if !e.options.NoHeader {
		e.table.Header(e.header(names))
	}
	for _, row := range e.block {
		if err := e.append(row); err != nil {
			return err
		}
	}
	e.block = nil
	return nil
}

func (e *tableEncoder) newTable() *tablewriter.Table {
	widths := tw.NewMapper[int, int]()
	for i, width := range e.widths {
		widths.Set(i, width+columnGap)
	}
	gap := tw.Padding{Right: "  ", Overwrite: true}
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone, AutoFormat: tw.Off},
		Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
		Padding:    tw.CellPadding{Global: gap},
	}
	return tablewriter.NewTable(&e.rendered,
		tablewriter.WithConfig(tablewriter.Config{
			Header: cell, Row: cell,
			Widths:   tw.CellWidth{PerColumn: widths},
			Behavior: tw.Behavior{TrimSpace: tw.Off},
		}),
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithStreaming(tw.StreamConfig{Enable: true}),
	)
}

// header shortens the names, and says in the last column how many columns
// there was no room for.
func (e *tableEncoder) header(names []string) []string {
	cells := e.fit(names)
	if e.hidden > 0 {
		cells[len(cells)-1] = fmt.Sprintf("+%d", e.hidden)
	}
	if e.options.Color {
		for i, cell := range cells {
			cells[i] = "\x1b[1m" + cell + "\x1b[0m"
		}
	}
	return cells
}

func (e *tableEncoder) append(row []string) error { return e.table.Append(e.fit(row)) }

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

// flush writes the lines rendered so far, without the blanks at their ends.
func (e *tableEncoder) flush() error {
	if e.rendered.Len() == 0 {
		return nil
	}
	var lines []byte
	for line := range bytes.Lines(e.rendered.Bytes()) {
		lines = append(append(lines, bytes.TrimRight(line, " \n")...), '\n')
	}
	e.rendered.Reset()
	_, err := e.w.Write(lines)
	return err
}
