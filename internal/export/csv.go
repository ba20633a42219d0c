package export

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// csvWriter writes rows as RFC 4180 has it, with one exception: lines end with
// LF alone. The platform's choice is not documented, every CSV reader takes
// both, and line tools (cut, awk, wc) would find a CR in the last column. Cells
// are quoted only where a reader would get them wrong otherwise.
type csvWriter struct {
	output
	delimiter []byte
	nulls     []byte // a cell, quoted if need be
	noHeader  bool
	class     [256]byte
	decoded   []byte
}

// Classes of bytes in a cell.
const (
	needsQuotes  = 1 << iota
	needsLooking // a backslash or no ASCII: the text must be decoded or checked first
)

func newCSV(w io.Writer, o Options) (Encoder, error) {
	delimiter := o.Delimiter
	if delimiter == 0 {
		delimiter = ','
	}
	return newDelimited(w, o, delimiter)
}

// newTSV is csv with tabs: a cell with a tab or a line end is quoted, too. The
// other convention, backslash escapes, is read by fewer programs.
func newTSV(w io.Writer, o Options) (Encoder, error) { return newDelimited(w, o, '\t') }

func newDelimited(w io.Writer, o Options, delimiter rune) (Encoder, error) {
	if delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter == utf8.RuneError || !utf8.ValidRune(delimiter) {
		return nil, fmt.Errorf("%q cannot delimit cells", delimiter)
	}
	c := &csvWriter{
		output:    output{w: w},
		delimiter: utf8.AppendRune(nil, delimiter),
		noHeader:  o.NoHeader,
	}
	for b := range c.class {
		if b >= utf8.RuneSelf || b == '\\' {
			c.class[b] = needsLooking
		}
	}
	c.class['"'] |= needsQuotes
	c.class['\n'] |= needsQuotes
	c.class['\r'] |= needsQuotes
	if len(c.delimiter) == 1 {
		c.class[c.delimiter[0]] |= needsQuotes
	}
	c.nulls = c.appendText(nil, []byte(o.Nulls))
	return newRowEncoder(c, o), nil
}

func (c *csvWriter) header(columns []string) error {
	if c.noHeader || len(columns) == 0 {
		return nil
	}
	start := len(c.buf)
	for i, name := range columns {
		if i > 0 {
			c.buf = append(c.buf, c.delimiter...)
		}
		c.buf = c.appendText(c.buf, []byte(name))
	}
	return c.endLine(start)
}

func (c *csvWriter) row(cells [][]byte) error {
	if len(cells) == 0 {
		return nil // only empty items: an empty file
	}
	start := len(c.buf)
	for i, value := range cells {
		if i > 0 {
			c.buf = append(c.buf, c.delimiter...)
		}
		switch {
		case value == nil || value[0] == 'n':
			c.buf = append(c.buf, c.nulls...)
		case value[0] == '"':
			c.buf = c.appendString(c.buf, value)
		default:
			c.buf = c.appendText(c.buf, value)
		}
	}
	return c.endLine(start)
}

// endLine ends the line that began at start. A line of one empty cell is
// quoted: readers skip blank lines.
func (c *csvWriter) endLine(start int) error {
	if len(c.buf) == start {
		c.buf = append(c.buf, '"', '"')
	}
	c.buf = append(c.buf, '\n')
	return c.spill()
}

func (c *csvWriter) finish() error { return c.flush() }

// appendString appends the cell of a quoted JSON string.
func (c *csvWriter) appendString(dst, quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	var classes byte
	for _, b := range inner {
		classes |= c.class[b]
	}
	if classes == 0 && !spaceAtEnd(inner) {
		return append(dst, inner...)
	}
	if classes&needsLooking == 0 {
		return c.appendText(dst, inner)
	}
	c.decoded = rawjson.AppendUnquoted(c.decoded[:0], quoted)
	return c.appendText(dst, c.decoded)
}

func (c *csvWriter) appendText(dst, text []byte) []byte {
	var classes byte
	for _, b := range text {
		classes |= c.class[b]
	}
	quote := classes&needsQuotes != 0 || spaceAtEnd(text)
	if len(c.delimiter) > 1 && bytes.Contains(text, c.delimiter) {
		quote = true
	}
	if !quote {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			break
		}
		dst = append(dst, text[:i+1]...)
		dst = append(dst, '"')
		text = text[i+1:]
	}
	return append(append(dst, text...), '"')
}

// spaceAtEnd reports whether a reader that trims cells would change the text.
func spaceAtEnd(text []byte) bool {
	return len(text) > 0 && (blank(text[0]) || blank(text[len(text)-1]))
}

func blank(b byte) bool { return b == ' ' || b == '\t' }
