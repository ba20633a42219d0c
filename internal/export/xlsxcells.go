package export

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
)

// maxCellLength is how much text Excel takes in a cell, in UTF-16 units.
const maxCellLength = 32_767

// Cell formats, as xlsxStyles numbers them.
const (
	styleHeader   = 1
	styleDate     = 2
	styleDateTime = 3
)

// CellLimitError is text that is too long for a cell.
type CellLimitError struct{ Column string }

func (e *CellLimitError) Error() string {
	return fmt.Sprintf("the cell of column %q has more than %d characters; leave the column out with --omit, "+
		"cut the text off with --truncate, or export as csv or jsonl", flatten.ShortName(e.Column), maxCellLength)
}

// xlsxCells writes typed cells: what a spreadsheet can calculate with becomes a
// number, a date or a boolean, and text stays text wherever a number or a date
// would lose some of it.
type xlsxCells struct {
	columns  []string // their names, for messages
	starts   []string // of a cell in each column, up to the row
	text     *markup
	classes  [256]byte
	truncate bool
	warnings *warnings
	escaped  []byte
}

func newXLSXCells(columns []string, o Options) *xlsxCells {
	c := &xlsxCells{columns: columns, text: newXMLText(), truncate: o.Truncate, warnings: o.warnings}
	c.text.escapes['\r'] = "_x000D_"
	for b := range rune(0x20) {
		if c.text.escapes[b] == forbidden {
			c.text.escapes[b] = nameEscape(b) // the format's own spelling of what XML forbids
		}
	}
	c.text.ready()
	for b := range c.classes {
		switch {
		case b == '_' || b == '\n':
			c.classes[b] = underscoreOrLine
		case !c.text.inside[b] && b != '"':
			c.classes[b] = marked
		}
	}
	for i := range columns {
		c.starts = append(c.starts, `<c r="`+columnLetters(i))
	}
	return c
}

// What bytes of a JSON string have to be looked at for.
const (
	marked           = 1 << iota // it may not stand as it is
	underscoreOrLine             // see unambiguous and needsPreserve
)

// columnLetters is A, B, … Z, AA, …
func columnLetters(index int) string {
	var letters []byte
	for n := index + 1; n > 0; n = (n - 1) / 26 {
		letters = append([]byte{byte('A' + (n-1)%26)}, letters...)
	}
	return string(letters)
}

// reference begins a cell.
func (c *xlsxCells) reference(dst []byte, column int, row []byte) []byte {
	return append(append(append(dst, c.starts[column]...), row...), '"')
}

// cell ends a cell that was begun, with the value of a JSON scalar.
func (c *xlsxCells) cell(dst []byte, column int, value []byte) ([]byte, error) {
	switch value[0] {
	case 't':
		return append(dst, ` t="b"><v>1</v></c>`...), nil
	case 'f':
		return append(dst, ` t="b"><v>0</v></c>`...), nil
	case '"':
		return c.string(dst, column, value)
	}
	if exactNumber(value) {
		dst = append(append(dst, `><v>`...), value...)
		return append(dst, `</v></c>`...), nil
	}
	return c.inline(dst, column, value, 0)
}

// string is cell for a JSON string.
func (c *xlsxCells) string(dst []byte, column int, quoted []byte) ([]byte, error) {
	inner := quoted[1 : len(quoted)-1]
	var classes byte
	for _, b := range inner {
		classes |= c.classes[b]
	}
	if classes&marked != 0 {
		inner = c.text.text(quoted)
	}
	if serial, hasTime, ok := excelDate(inner); ok {
		style := ` s="2"><v>`
		if hasTime {
			style = ` s="3"><v>`
		}
		dst = append(dst, style...)
		dst = strconv.AppendFloat(dst, serial, 'f', -1, 64)
		return append(dst, `</v></c>`...), nil
	}
	if classes != 0 || len(inner) > maxCellLength || spaceAtEnd(inner) {
		return c.inline(dst, column, inner, 0)
	}
	dst = append(append(dst, ` t="inlineStr"><is><t>`...), inner...)
	return append(dst, `</t></is></c>`...), nil
}

// inline ends a cell with text. The spelling for what XML forbids, _xHHHH_, has
// to be told apart from text that looks like it.
func (c *xlsxCells) inline(dst []byte, column int, text []byte, style int) ([]byte, error) {
	if len(text) > maxCellLength {
		short, cut := cutText(text)
		if cut && !c.truncate {
			return dst, &CellLimitError{Column: c.columns[column]}
		}
		if cut {
			c.warnings.cells.Add(1)
		}
		text = short
	}
	if style != 0 {
		dst = append(dst, ` s="`...)
		dst = append(strconv.AppendInt(dst, int64(style), 10), '"')
	}
	dst = append(dst, ` t="inlineStr"><is><t`...)
	if needsPreserve(text) {
		dst = append(dst, ` xml:space="preserve"`...)
	}
	dst = append(dst, '>')
	if bytes.Contains(text, []byte("_x")) {
		text = c.unambiguous(text)
	}
	dst = c.text.escape(dst, text)
	return append(dst, `</t></is></c>`...), nil
}

func (c *xlsxCells) unambiguous(text []byte) []byte {
	c.escaped = c.escaped[:0]
	for i := range text {
		if text[i] == '_' && looksEscaped(text[i:]) {
			c.escaped = append(c.escaped, "_x005F"...)
		}
		c.escaped = append(c.escaped, text[i])
	}
	return c.escaped
}

// looksEscaped reports whether text begins with _xHHHH_.
func looksEscaped(text []byte) bool {
	if len(text) < len("_xHHHH_") || text[1] != 'x' || text[6] != '_' {
		return false
	}
	_, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return err == nil
}

// needsPreserve reports whether readers would trim the text.
func needsPreserve(text []byte) bool {
	return len(text) > 0 && (text[0] <= ' ' || text[len(text)-1] <= ' ' || bytes.IndexByte(text, '\n') >= 0)
}

// cutText cuts text to what a cell takes, and reports whether it had to.
func cutText(text []byte) ([]byte, bool) {
	units := 0
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		units++
		if r > 0xffff {
			units++
		}
		if units > maxCellLength {
			return text[:i], true
		}
		i += size
	}
	return text, false
}

// exactNumber reports whether a spreadsheet, which knows about 15 digits, shows
// a JSON number without loss that matters: integers of up to 15 digits and
// fractions that a float64 holds.
func exactNumber(number []byte) bool {
	const safeDigits = 15
	if len(number) <= safeDigits {
		var bits byte
		for _, b := range number {
			bits |= b
		}
		const letter = 0x40 // in E and e, but not in digits, signs and points
		if bits&letter == 0 {
			return true
		}
	}
	digits, integer := 0, true
	leading := true
scan:
	for _, b := range number {
		switch {
		case b == '.':
			integer = false
		case b == 'e' || b == 'E':
			integer = false
			break scan
		case b >= '0' && b <= '9':
			leading = leading && b == '0'
			if !leading {
				digits++
			}
		}
	}
	if integer {
		return digits <= safeDigits
	}
	value, err := strconv.ParseFloat(string(number), 64)
	return err == nil && digits <= safeDigits+2 && (value == 0) == leading
}
