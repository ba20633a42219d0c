package export

// cells are the scalars of an item, by column.
type cells struct {
	data  []byte // the JSON text that has them
	spans []span
}

// newRows is a tree that keeps the cells of each item, in columns that are all
// known. Each goroutine has its own.
func newRows(c *columns) *tree {
	t := newTree(c.frozenCopy())
	t.cells.spans = make([]span, len(c.found))
	return t
}

// span is where a scalar is in the text of its item.
type span struct {
	start, end uint32 // without the quotes of plain text
	kind       cellKind
}

type cellKind uint8

const (
	noCell    cellKind = iota // the item has none
	anyCell                   // a scalar of any kind
	plainCell                 // see skipScalar: a number or a boolean
	plainText                 // see skipScalar: a string
)

// value returns the JSON text of a cell, or nil where the item has none.
func (c *cells) value(column int) []byte {
	switch s := c.spans[column]; s.kind {
	case noCell:
		return nil
	case plainText:
		return c.data[s.start-1 : s.end+1]
	default:
		return c.data[s.start:s.end]
	}
}

// set notes the scalar at data[start:end].
func (c *cells) set(column, start, end int, plain bool) {
	s := &c.spans[column]
	switch {
	case !plain:
		*s = span{uint32(start), uint32(end), anyCell}
	case c.data[start] == '"':
		*s = span{uint32(start + 1), uint32(end - 1), plainText}
	default:
		*s = span{uint32(start), uint32(end), plainCell}
	}
}
