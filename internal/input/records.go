package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"
)

// records reads the rows of a table, as RFC 4180 has them, with lines that end
// with LF, CR LF or CR, mixed if need be. Text in quotes stays as it is, line
// ends included. Blank lines are passed over.
type records struct {
	*scanner
	delimiter []byte
	line      int // that the last record begins on, counted from 1
	text      []byte
	ends      []int // of the cells in text
}

// newRecords reads text that was decoded. delimiter 0 is a comma, unless a first
// line sep=; says otherwise, as spreadsheets write and read it.
func newRecords(r io.Reader, delimiter rune) (*records, error) {
	c := &records{scanner: newScanner(r)}
	given := delimiter
	if delimiter == 0 {
		delimiter = ','
	}
	c.delimiter = utf8.AppendRune(nil, delimiter)
	for len(c.scanner.text) < len("sep=\U0010ffff\r\n") {
		if more, err := c.more(MaxItem, "the header"); err != nil {
			return nil, err
		} else if !more {
			break
		}
	}
	if separator, length := separatorLine(c.scanner.text); length > 0 {
		c.pass(length)
		if given == 0 {
			c.delimiter = separator
		}
	}
	return c, nil
}

// separatorLine reads a line sep=; and tells how long that is; else 0.
func separatorLine(text []byte) (separator []byte, length int) {
	rest, ok := bytes.CutPrefix(text, []byte("sep="))
	if !ok {
		return nil, 0
	}
	_, size := utf8.DecodeRune(rest)
	separator, rest = rest[:size], rest[size:]
	if size == 0 || bytes.ContainsAny(separator, "\"\r\n") {
		return nil, 0
	}
	after := bytes.TrimPrefix(rest, []byte{'\r'})
	after = bytes.TrimPrefix(after, []byte{'\n'})
	if len(after) == len(rest) && len(rest) > 0 {
		return nil, 0
	}
	return separator, len(text) - len(after)
}

// next returns the cells of the next row, which last until the next call, or
// io.EOF.
func (c *records) next() ([][]byte, error) {
	c.text, c.ends = c.text[:0], c.ends[:0]
	c.line = c.at.line()
	line, end, err := c.row()
	for err == nil && len(line) == 0 {
		if len(end) == 0 {
			return nil, io.EOF
		}
		c.line = c.at.line()
		line, end, err = c.row()
	}
	for more := true; err == nil && more; {
		if len(line) > 0 && line[0] == '"' {
			line, end, more, err = c.quoted(line[1:], end)
		} else {
			line, more, err = c.plain(line)
		}
	}
	if err != nil {
		return nil, err
	}
	cells := make([][]byte, len(c.ends))
	start := 0
	for i, end := range c.ends {
		cells[i] = c.text[start:end]
		start = end
	}
	return cells, nil
}

func (c *records) row() (line, end []byte, err error) {
	return c.scanner.line(MaxItem, "a row")
}

// plain reads a cell without quotes.
func (c *records) plain(line []byte) (rest []byte, more bool, err error) {
	cell, rest, more := bytes.Cut(line, c.delimiter)
	if i := bytes.IndexAny(cell, "\"\x00"); i >= 0 {
		if cell[i] == 0 {
			return nil, false, fmt.Errorf("line %d: a NUL character outside of quotes", c.line)
		}
		return nil, false, fmt.Errorf("line %d: a quote in a cell that does not begin with one", c.line)
	}
	c.text = append(c.text, cell...)
	c.ends = append(c.ends, len(c.text))
	return rest, more, nil
}

// quoted reads a cell behind its opening quote, which may go over several lines.
func (c *records) quoted(line, end []byte) (rest, restEnd []byte, more bool, err error) {
	opened := c.at.line()
	if len(end) > 0 {
		opened--
	}
	for {
		i := bytes.IndexByte(line, '"')
		if i < 0 {
			c.text = append(append(c.text, line...), end...)
			if len(end) == 0 {
				return nil, nil, false, fmt.Errorf("line %d: the quote that is opened here is not closed", opened)
			}
			if len(c.text) > MaxItem {
				return nil, nil, false, &LimitError{Line: c.line, What: "a row", Limit: MaxItem}
			}
			if line, end, err = c.row(); err != nil {
				return nil, nil, false, err
			}
			continue
		}
		c.text = append(c.text, line[:i]...)
		line = line[i+1:]
		switch {
		case len(line) > 0 && line[0] == '"':
			c.text = append(c.text, '"')
			line = line[1:]
			continue
		case len(line) > 0 && !bytes.HasPrefix(line, c.delimiter):
			return nil, nil, false, fmt.Errorf("line %d: something follows the quote that ends a cell", c.line)
		}
		c.ends = append(c.ends, len(c.text))
		more = len(line) > 0
		return bytes.TrimPrefix(line, c.delimiter), end, more, nil
	}
}

// Record is a row of a table as it stands there, the header included.
type Record struct {
	Cells []string
	Line  int // it begins on, counted from 1
}

// Records reads a table of few rows, which need not have as many cells.
func Records(r io.Reader, o Options) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		table, err := newRecords(Decode(r, o.Encoding), o.Delimiter)
		for err == nil {
			var cells [][]byte
			if cells, err = table.next(); err != nil {
				break
			}
			record := Record{Line: table.line}
			for _, cell := range cells {
				record.Cells = append(record.Cells, string(cell))
			}
			if !yield(record, nil) {
				return
			}
		}
		if !errors.Is(err, io.EOF) {
			yield(Record{}, err)
		}
	}
}
