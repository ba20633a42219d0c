package export

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// csvEncoder writes rows as RFC 4180 has it, with one exception: unless CRLF is
// asked for, lines end with LF alone. Every CSV reader takes both, and line tools
// (cut, awk, wc) would find a CR in the last column. Cells are quoted only where
// a reader would get them wrong otherwise, or all of them, as the platform does.
type csvEncoder struct {
	framed
	style    csvStyle
	columns  *flatten.Columns
	noHeader bool
}

// csvStyle is how cells are written. It does not change once it was made.
type csvStyle struct {
	delimiter []byte
	nulls     []byte // a cell, quoted if need be
	lineEnd   string
	quoteAll  bool
	safe      bool
	quote     [256]bool // bytes that a cell is quoted for
}

func newCSV(w io.Writer, o Options) (encoder, error) {
	delimiter := o.Delimiter
	if delimiter == 0 {
		delimiter = ','
	}
	return newDelimited(w, o, delimiter)
}

// newTSV is csv with tabs: a cell with a tab or a line end is quoted, too. The
// other convention, backslash escapes, is read by fewer programs.
func newTSV(w io.Writer, o Options) (encoder, error) { return newDelimited(w, o, '\t') }

func newDelimited(w io.Writer, o Options, delimiter rune) (encoder, error) {
	if delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter == utf8.RuneError || !utf8.ValidRune(delimiter) {
		return nil, fmt.Errorf("%q cannot delimit cells", delimiter)
	}
	e := &csvEncoder{
		framed:   framed{w: w},
		style:    csvStyle{delimiter: utf8.AppendRune(nil, delimiter), lineEnd: "\n", quoteAll: o.QuoteAll, safe: o.SafeCells},
		noHeader: o.NoHeader,
	}
	c := &e.style
	if o.CRLF {
		c.lineEnd = "\r\n"
	}
	c.quote['"'], c.quote['\n'], c.quote['\r'] = true, true, true
	c.quote[0] = true // else the file would look like UTF-16
	if len(c.delimiter) == 1 {
		c.quote[c.delimiter[0]] = true
	}
	c.nulls = c.appendText(nil, []byte(o.Nulls))
	return e, nil
}

func (e *csvEncoder) begin(columns *flatten.Columns) error {
	e.columns = columns
	if e.noHeader || len(columns.Names) == 0 {
		return nil
	}
	var line []byte
	for i, name := range columns.Names {
		if i > 0 {
			line = append(line, e.style.delimiter...)
		}
		style := e.style
		style.quoteAll = style.quoteAll || i == 0 && readAsOther(name)
		line = style.appendSafe(line, []byte(name))
	}
	e.head = string(e.style.endLine(line, 0))
	return nil
}

// readAsOther reports whether a file that begins with this text would be taken for
// one with a byte order mark, or with a line that names the delimiter.
func readAsOther(text string) bool {
	return strings.HasPrefix(text, "\ufeff") || strings.HasPrefix(strings.ToLower(text), "sep=")
}

func (e *csvEncoder) worker() pageEncoder { return e.rows(e.columns) }

func (e *csvEncoder) rows(c *flatten.Columns) *rowPages {
	style := e.style
	if len(c.Names) == 0 { // only empty items: an empty file
		return newRowPages(c, func(dst []byte, _ *flatten.Cells, _ int) ([]byte, error) { return dst, nil })
	}
	pages := newRowPages(c, nil)
	rows := &csvRows{style: &style}
	if !style.safe && !style.quoteAll && len(style.delimiter) == 1 && !inScalars(style.delimiter[0]) {
		pages.tree.Special = style.delimiter[0]
		pages.row = rows.plainRow
	} else {
		pages.row = rows.row
	}
	return pages
}

// csvRows is what one goroutine writes rows with.
type csvRows struct {
	style   *csvStyle
	decoded []byte
}

// inScalars reports whether a byte can stand in what flatten takes for a plain
// number or boolean.
func inScalars(c byte) bool {
	return strings.IndexByte("-.0123456789truefals", c) >= 0
}

// stride is in how large steps plainRow copies.
const stride = 32

// plainRow is row where plain cells need nothing but to be copied.
func (r *csvRows) plainRow(dst []byte, cells *flatten.Cells, _ int) ([]byte, error) {
	start, delimiter, data, nulls := len(dst), r.style.delimiter[0], cells.Data, r.style.nulls
	for i := range cells.Spans {
		if i > 0 {
			dst = append(dst, delimiter)
		}
		s := &cells.Spans[i]
		if s.Kind == flatten.NoCell {
			if len(nulls) > 0 {
				dst = append(dst, nulls...)
			}
			continue
		}
		if s.Kind < flatten.PlainCell {
			if value := cells.Value(i); value[0] == '"' {
				dst = r.style.appendDecoded(dst, value[1:len(value)-1])
			} else {
				dst = r.appendCell(dst, value)
			}
			continue
		}
		length := int(s.End - s.Start)
		if s.Kind == flatten.PlainText && (data[s.Start] == ' ' || data[s.End-1] == ' ') { // around an empty one are quotes
			dst = r.style.appendText(dst, data[s.Start:s.End])
			continue
		}
		end := len(dst)
		if from := int(s.Start); length <= stride && from+stride <= len(data) && end+stride <= cap(dst) {
			// One step for all lengths is faster than copying just so many bytes.
			to, text := (*[stride]byte)(dst[end:end+stride]), (*[stride]byte)(data[from:from+stride])
			*(*[stride / 2]byte)(to[:]) = *(*[stride / 2]byte)(text[:])
			*(*[stride / 2]byte)(to[stride/2:]) = *(*[stride / 2]byte)(text[stride/2:])
			dst = dst[:end+length]
			continue
		}
		dst = append(dst, data[s.Start:s.End]...)
	}
	return r.style.endLine(dst, start), nil
}

func (r *csvRows) row(dst []byte, cells *flatten.Cells, _ int) ([]byte, error) {
	start := len(dst)
	for i := range cells.Spans {
		if i > 0 {
			dst = append(dst, r.style.delimiter...)
		}
		dst = r.appendCell(dst, cells.Value(i))
	}
	return r.style.endLine(dst, start), nil
}

func (r *csvRows) appendCell(dst, value []byte) []byte {
	switch {
	case value == nil || value[0] == 'n':
		return append(dst, r.style.nulls...)
	case value[0] == '"':
		return r.appendString(dst, value)
	}
	return r.style.appendText(dst, value)
}

// endLine ends the line that began at start. A line of one empty cell is
// quoted: readers skip blank lines.
func (c *csvStyle) endLine(dst []byte, start int) []byte {
	if len(dst) == start {
		dst = append(dst, '"', '"')
	}
	return append(dst, c.lineEnd...)
}

// appendString appends the cell of a quoted JSON string.
func (r *csvRows) appendString(dst, quoted []byte) []byte {
	c := r.style
	inner := quoted[1 : len(quoted)-1]
	if !hasBackslash(inner) {
		return c.appendSafe(dst, inner)
	}
	r.decoded = rawjson.AppendUnquoted(r.decoded[:0], quoted)
	return c.appendSafe(dst, r.decoded)
}

func (c *csvStyle) appendText(dst, text []byte) []byte {
	if !c.quoted(text) {
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

// quoted reports whether a cell with this text is quoted.
func (c *csvStyle) quoted(text []byte) bool {
	if c.quoteAll || spaceAtEnd(text) || len(c.delimiter) > 1 && bytes.Contains(text, c.delimiter) {
		return true
	}
	delimiters := uint64('"' * rawjson.EachByte) // again, where the delimiter is longer
	if len(c.delimiter) == 1 {
		delimiters = uint64(c.delimiter[0]) * rawjson.EachByte
	}
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		if rawjson.Zeros(x)|rawjson.Zeros(x^'"'*rawjson.EachByte)|rawjson.Zeros(x^'\n'*rawjson.EachByte)|rawjson.Zeros(x^'\r'*rawjson.EachByte)|rawjson.Zeros(x^delimiters) != 0 {
			return true
		}
	}
	for _, b := range text {
		if c.quote[b] {
			return true
		}
	}
	return false
}

// spaceAtEnd reports whether a reader that trims cells would change the text.
func spaceAtEnd(text []byte) bool {
	return len(text) > 0 && (blank(text[0]) || blank(text[len(text)-1]))
}

func blank(b byte) bool { return b == ' ' || b == '\t' }
