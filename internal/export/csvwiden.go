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
		row = e.style.endLine(row, 0)
		return func(dst, _ []byte, items int) []byte {
			for range items {
				dst = append(dst, row...)
			}
			return dst
		}
	}
	w := &csvWidening{delimiter: e.style.delimiter[0], lineEnd: e.style.lineEnd, single: len(had) == 1 && !e.style.quoteAll}
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

// widenBlocks is how many blocks are looked through at once.
const widenBlocks = 32

// rowMarks mark what rows and cells end with, and quotes.
type rowMarks struct{ quotes, ends, delimiters [widenBlocks]uint64 }

// look marks the blocks that rows begin with, the last of which may be short.
func (m *rowMarks) look(rows []byte, delimiter byte) {
	mark := func(from, to int, text []byte) {
		rawjson.Masks(m.quotes[from:to], text, '"')
		rawjson.Masks(m.ends[from:to], text, '\n')
		rawjson.Masks(m.delimiters[from:to], text, delimiter)
	}
	whole := min(len(rows)/rawjson.Block, widenBlocks)
	mark(0, whole, rows)
	if rest := rows[whole*rawjson.Block:]; whole < widenBlocks && len(rest) > 0 {
		var padded [rawjson.Block]byte
		copy(padded[:], rest)
		mark(whole, whole+1, padded[:])
	}
}

// csvWidening puts cells into rows.
type csvWidening struct {
	delimiter byte
	lineEnd   string
	single    bool     // rows have one cell, which is quoted only because it is empty
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
		ahead  rowMarks
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
		if rest, empty := bytes.CutPrefix(rows[at:], []byte(`""`)); w.single && empty && bytes.HasPrefix(rest, []byte(w.lineEnd)) {
			dst = append(dst, rows[copied:at]...)
			copied = at + 2
		}
	}
	begin(0)
	for base := 0; base < len(rows); base += rawjson.Block {
		i := base / rawjson.Block % widenBlocks
		if i == 0 {
			ahead.look(rows[base:], w.delimiter)
		}
		text := rawjson.PrefixXor(ahead.quotes[i]) ^ inside
		inside = uint64(int64(text) >> 63)
		ends := ahead.ends[i] &^ text
		delimiters := ahead.delimiters[i] &^ text
		for {
			before := delimiters // those of the row
			if ends != 0 {
				before &= ends - 1 // no delimiter is where later rows end
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
				insert(at + 1 - len(w.lineEnd))
			}
			begin(at + 1)
		}
	}
	return append(dst, rows[copied:]...)
}
