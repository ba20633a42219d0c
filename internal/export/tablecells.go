package export

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// tableCells turns items into rows of texts that are safe on a terminal.
type tableCells struct {
	names  []string
	index  map[string]int
	fixed  bool // names are the wanted fields
	frozen bool // the header is out: later names have no column
	nulls  string
	key    []byte
	text   []byte
}

func newTableCells(o Options) tableCells {
	c := tableCells{index: make(map[string]int), nulls: visible([]byte(o.Nulls)), fixed: len(o.Fields) > 0}
	for _, field := range o.Fields {
		c.column(field)
	}
	return c
}

func (c *tableCells) column(name string) int {
	index, ok := c.index[name]
	if !ok {
		index = len(c.names)
		c.index[name] = index
		c.names = append(c.names, name)
	}
	return index
}

func (c *tableCells) headers() []string {
	headers := make([]string, len(c.names))
	for i, name := range c.names {
		headers[i] = visible([]byte(name))
	}
	return headers
}

// rows hands out the row of each item of a page; a row is as long as there
// were columns when it was made. items counts over all pages.
func (c *tableCells) rows(page []byte, items *int64, use func([]string) error) (n int, err error) {
	for item, err := range rawjson.Elements(page) {
		var row []string
		if err == nil {
			row, err = c.row(item)
		}
		if err != nil {
			return n, itemError(*items+1, err)
		}
		n++
		*items++
		if err := use(row); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (c *tableCells) row(item []byte) ([]string, error) {
	if item[0] != '{' {
		return nil, flatten.ErrNoObject
	}
	values := make([][]byte, len(c.names))
	for member, err := range rawjson.Members(item) {
		if err != nil {
			return nil, err
		}
		c.key = rawjson.AppendUnquoted(c.key[:0], member.Key)
		index, ok := c.index[string(c.key)]
		if !ok {
			if c.fixed || c.frozen || len(c.names) >= flatten.MaxColumns {
				continue // a table to look at shows the columns of its first block
			}
			index = c.column(string(c.key))
			values = append(values, nil)
		}
		values[index] = member.Value
	}
	row := make([]string, len(values))
	for i, value := range values {
		if value == nil && c.fixed && strings.Contains(c.names[i], "/") {
			var err error
			if value, err = at(item, c.names[i]); err != nil {
				return nil, err
			}
		}
		var err error
		if row[i], err = c.cell(value); err != nil {
			return nil, err
		}
	}
	return row, nil
}

func (c *tableCells) cell(value []byte) (string, error) {
	if value == nil || value[0] == 'n' {
		return c.nulls, nil
	}
	if value[0] == '"' {
		c.text = rawjson.AppendUnquoted(c.text[:0], value)
		return visible(c.text), nil
	}
	var err error
	c.text, err = rawjson.AppendCompact(c.text[:0], value)
	return visible(c.text), err
}

// at finds the value at a path such as reviews/0/name; nil where there is none.
func at(value []byte, path string) ([]byte, error) {
	for more := true; more; {
		var segment string
		segment, path, more = strings.Cut(path, "/")
		var found []byte
		switch value[0] {
		case '{':
			for member, err := range rawjson.Members(value) {
				if err != nil {
					return nil, err
				}
				if member.Name() == segment {
					found = member.Value
				}
			}
		case '[':
			index := 0
			for element, err := range rawjson.Elements(value) {
				if err != nil {
					return nil, err
				}
				if strconv.Itoa(index) == segment {
					found = element
				}
				index++
			}
		}
		if found == nil {
			return nil, nil
		}
		value = found
	}
	return value, nil
}

// visible is text on one line without anything that a terminal would obey.
func visible(text []byte) string {
	safe := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		safe = appendVisible(safe, r)
		text = text[size:]
	}
	return string(safe)
}
