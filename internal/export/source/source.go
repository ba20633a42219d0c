// Package source puts a column into items that says where they come from.
package source

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// ErrTaken means that an item has a member of the column's name already.
var ErrTaken = errors.New("there is such a field already")

// Column is a member that all items begin with.
type Column struct {
	Name string

	value  string
	member []byte // name and value
}

// Add returns a page, a JSON array of objects, whose items begin with the column.
// The page itself stays as it is.
func (c *Column) Add(page []byte, value string) ([]byte, error) {
	if c.member == nil || value != c.value {
		c.value = value
		c.member = append(rawjson.AppendQuoted(nil, c.Name), ':')
		c.member = rawjson.AppendQuoted(c.member, value)
	}
	ends, err := rawjson.Ends(page, nil)
	if err != nil || len(ends) == 0 {
		return bytes.Clone(page), err
	}
	doubtful := c.doubtful(page)
	out := append(make([]byte, 0, len(page)+len(ends)*(len(c.member)+1)), '[')
	for i, item := range rawjson.Spans(page, ends) {
		if item[0] != '{' {
			return nil, fmt.Errorf("an item is no object, and cannot have the column %q", c.Name)
		}
		if doubtful && c.has(item) {
			return nil, fmt.Errorf("the column %q: %w", c.Name, ErrTaken)
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '{'), c.member...)
		if rest := rawjson.SkipSpace(item, 1); item[rest] != '}' {
			out = append(out, ',')
		}
		out = append(out, item[1:]...)
	}
	return append(out, ']'), nil
}

// doubtful tells that items may have a member of the column's name: escaped, it may
// be written in many ways.
func (c *Column) doubtful(page []byte) bool {
	return bytes.Contains(page, rawjson.AppendQuoted(nil, c.Name)) || bytes.Contains(page, []byte(`\u00`))
}

func (c *Column) has(item []byte) bool {
	for m := range rawjson.ObjectMembers(item) {
		if m.Is(c.Name) {
			return true
		}
	}
	return false
}
