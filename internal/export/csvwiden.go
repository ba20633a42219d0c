package export

import (
	"bytes"
	"math/bits"
	"slices"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

func (e *csvEncoder) widens() bool { return len(e.style.delimiter) == 1 }

func (e *csvEncoder) widen(had []int, all int) widening {
	if len(had) == all {
		return nil
	}
	if len(had) == 0 { // their rows were not even written
		var row []byte
		for i := range all {
			if i > 0 {
				row = append(row, e.style.delimiter...)
			}
			row = append(row, e.style.nulls...)
		}
		row = endLine(row, 0)
		return func(dst, _ []byte, items int) []byte {
			for range items {
				dst = append(dst, row...)
			}
			return dst
		}
	}
	w := &csvWidening{delimiter: e.style.delimiter[0], single: len(had) == 1}
	column := 0
	for cell, position := range had {
		if missing := position - column; missing > 0 {
			w.gaps = append(w.gaps, csvGap{cell, bytes.Repeat(append(bytes.Clone(e.style.nulls), w.delimiter), missing)})
		}
		column = position + 1
	}
	if missing := all - column; missing > 0 {
		w.gaps = append(w.gaps, csvGap{len(had), bytes.Repeat(append([]byte{w.delimiter}, e.style.nulls...), missing)})
	}
	return w.append
}

// csvWidening puts cells into rows.
type csvWidening struct {
	delimiter byte
	single    bool     // rows have one cell, which is quoted where it is empty
	gaps      []csvGap // in their order in a row
}

// csvGap is a place in a row where cells are missing.
type csvGap struct {
	cell int    // the one that the text goes before, counted from 0; or how many there are
	text []byte // cells with their delimiters
}

// append appends rows with the missing cells. Quotes are only around cells, or
// doubled inside of them, so what is between an odd one and the next is text.
func (w *csvWidening) append(dst, rows []byte, items int) []byte {
	more := 0
	for _, gap := range w.gaps {
		more += len(gap.text)
	}
	dst = slices.Grow(dst, len(rows)+items*more)
	var (
		inside uint64 // all bits set if the block before ended between quotes
		copied int    // so much of rows is in dst
		cell   int    // the one that the block begins in
		next   int    // gap of the row
		tail   [rawjson.Block]byte
	)
	insert := func(at int) {
		dst = append(append(dst, rows[copied:at]...), w.gaps[next].text...)
		copied = at
		next++
	}
	begin := func(at int) {
		cell, next = 0, 0
		if at == len(rows) {
			return
		}
		if w.gaps[0].cell == 0 {
			insert(at)
		}
		if w.single && bytes.HasPrefix(rows[at:], []byte("\"\"\n")) {
			dst = append(dst, rows[copied:at]...)
			copied = at + 2
		}
	}
	begin(0)
	for base := 0; base < len(rows); base += rawjson.Block {
		chunk := rows[base:]
		if len(chunk) < rawjson.Block {
			copy(tail[:], chunk)
			chunk = tail[:]
		}
		block := (*[rawjson.Block]byte)(chunk)
		text := rawjson.PrefixXor(rawjson.Mask(block, '"')) ^ inside
		inside = uint64(int64(text) >> 63)
		ends := rawjson.Mask(block, '\n') &^ text
		delimiters := rawjson.Mask(block, w.delimiter) &^ text
		for {
			before := delimiters // those of the row
			if ends != 0 {
				before &= ends&-ends - 1
			}
			delimiters &^= before
			for next < len(w.gaps) {
				away := w.gaps[next].cell - cell
				if away > bits.OnesCount64(before) {
					break
				}
				for range away - 1 {
					before &= before - 1
				}
				if away > 0 {
					cell += away
					at := base + bits.TrailingZeros64(before) + 1
					before &= before - 1
					insert(at)
				} else {
					break
				}
			}
			cell += bits.OnesCount64(before)
			if ends == 0 {
				break
			}
			at := base + bits.TrailingZeros64(ends)
			ends &= ends - 1
			if next < len(w.gaps) {
				insert(at)
			}
			begin(at + 1)
		}
	}
	return append(dst, rows[copied:]...)
}
