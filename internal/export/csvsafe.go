package export

import (
	"bytes"
	"strconv"
)

// appendSafe is appendText for text that came as text.
func (c *csvStyle) appendSafe(dst, text []byte) []byte {
	if c.safe {
		text = safeText(text)
	}
	return c.appendText(dst, text)
}

// cellEnds are what a spreadsheet may take for the end of a cell, whatever the
// delimiter is that the file was written with and the quotes around.
const cellEnds = ",;\t|\r\n"

// safeText is text with an apostrophe wherever a spreadsheet, told another
// delimiter, would find a cell that it would run as a formula.
func safeText(text []byte) []byte {
	var safe []byte // nil as long as nothing has to be put in
	copied := 0
	for start := 0; start < len(text); {
		length := bytes.IndexAny(text[start:], cellEnds)
		if length < 0 {
			length = len(text) - start
		}
		cell := text[start : start+length]
		if start == 0 && length == 0 { // a tab or a line end comes first
			cell = text[:1]
		}
		if runsAsFormula(cell) {
			safe = append(append(safe, text[copied:start]...), '\'')
			copied = start
		}
		start += length + 1
	}
	if safe == nil {
		return text
	}
	return append(safe, text[copied:]...)
}

// runsAsFormula reports whether a spreadsheet that opens a CSV file would
// calculate the cell instead of showing it. Text that is a plain number is
// harmless.
func runsAsFormula(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	switch text[0] {
	case '=', '@', '\t', '\r', '\n':
		return true
	case '+', '-':
		_, err := strconv.ParseFloat(string(text), 64)
		return err != nil
	}
	for _, wide := range [...]string{"＝", "＠", "＋", "－"} { // Japanese and Chinese versions take them, too
		if bytes.HasPrefix(text, []byte(wide)) {
			return true
		}
	}
	return false
}
