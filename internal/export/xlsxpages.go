package export

import (
	"bytes"
	"hash/crc32"
	"strconv"

	"github.com/klauspost/compress/flate"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
)

// xlsxPages turns the items of pages into compressed rows.
type xlsxPages struct {
	rows       *rowPages
	cells      *xlsxCells
	perSheet   int64 // items
	firstRow   int64 // of a sheet's items
	piece      *piece
	compressor *flate.Writer
	compressed bytes.Buffer
	part       sheetPart // what is being compressed
	number     []byte
	nulls      []byte
}

// xlsxChunk is how much text of rows is gathered before it is compressed.
const xlsxChunk = 64 << 10

func newXLSXPages(columns *flatten.Columns, o Options) *xlsxPages {
	e := &xlsxPages{cells: newXLSXCells(columns.Names, o), firstRow: 1, nulls: []byte(o.Nulls)}
	if !o.NoHeader && len(columns.Names) > 0 {
		e.firstRow = 2
	}
	e.perSheet = maxSheetRows - (e.firstRow - 1)
	e.rows = newRowPages(columns, e.row)
	e.compressor, _ = flate.NewWriter(&e.compressed, flate.BestSpeed) // fails for an unknown level only
	return e
}

func (e *xlsxPages) encode(p *piece) error {
	e.piece = p
	e.compressed.Reset()
	e.compressor.Reset(&e.compressed)
	p.sheet = p.sheet[:0]
	e.part = sheetPart{sheet: int(p.first / e.perSheet)}
	// Rows are compressed before they are many: buf holds a chunk, never the page.
	p.growth = 2 * xlsxChunk / float64(max(len(p.page), 1))
	if err := e.rows.encode(p); err != nil {
		return err
	}
	var err error
	if p.buf, err = e.compress(p.buf); err != nil {
		return err
	}
	if err := e.endPart(); err != nil {
		return err
	}
	p.out = e.compressed.Bytes()
	// The compressor needs another buffer, as this one is on its way now.
	p.deflated, e.compressed = e.compressed, p.deflated
	return nil
}

func (e *xlsxPages) row(dst []byte, cells *flatten.Cells, item int) ([]byte, error) {
	index := e.piece.first + int64(item)
	if sheet := int(index / e.perSheet); sheet != e.part.sheet {
		var err error
		if dst, err = e.compress(dst); err != nil {
			return dst, err
		}
		if err := e.endPart(); err != nil {
			return dst, err
		}
		e.part = sheetPart{sheet: sheet}
	}
	e.number = strconv.AppendInt(e.number[:0], e.firstRow+index%e.perSheet, 10)
	dst = append(append(append(dst, `<row r="`...), e.number...), `">`...)
	for i := range cells.Spans {
		value := cells.Value(i)
		empty := value == nil || value[0] == 'n'
		if empty && len(e.nulls) == 0 {
			continue
		}
		var err error
		dst = e.cells.reference(dst, i, e.number)
		if empty {
			dst, err = e.cells.inline(dst, i, e.nulls, 0)
		} else {
			dst, err = e.cells.cell(dst, i, value)
		}
		if err != nil {
			return dst, err
		}
	}
	dst = append(dst, `</row>`...)
	if len(dst) < xlsxChunk {
		return dst, nil
	}
	return e.compress(dst)
}

// compress takes rows that are complete.
func (e *xlsxPages) compress(rows []byte) ([]byte, error) {
	e.part.length += int64(len(rows))
	e.part.sum = crc32.Update(e.part.sum, crc32.IEEETable, rows)
	_, err := e.compressor.Write(rows)
	return rows[:0], err
}

func (e *xlsxPages) endPart() error {
	if e.part.length == 0 {
		return nil
	}
	if err := e.compressor.Flush(); err != nil {
		return err
	}
	e.compressor.Reset(&e.compressed) // what follows may come to stand behind something else
	e.part.end = e.compressed.Len()
	e.piece.sheet = append(e.piece.sheet, e.part)
	return nil
}
