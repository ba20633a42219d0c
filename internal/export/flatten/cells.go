package flatten

// Cells are the scalars of an item, by column.
type Cells struct {
	Data  []byte // the JSON text that has them
	Spans []Span
}

// NewRows is a tree that keeps the cells of each item, in columns that are all
// known. Each goroutine has its own.
func NewRows(c *Columns) *Tree {
	t := NewTree(c.frozenCopy())
	t.Cells.Spans = make([]Span, len(c.Found))
	return t
}

// Span is where a scalar is in the text of its item.
type Span struct {
	Start, End uint32 // without the quotes of plain text
	Kind       Kind
}

// Kind is what kind of scalar a cell holds.
type Kind uint8

// What a cell may hold, from what takes the longest way to what is copied as it is.
const (
	NoCell    Kind = iota // the item has none
	anyCell               // a scalar of any kind
	PlainCell             // a number without exponent, or a boolean
	PlainText             // a string of ASCII without escapes, and without Tree.Special
)

// Value returns the JSON text of a cell, or nil where the item has none.
func (c *Cells) Value(column int) []byte {
	switch s := c.Spans[column]; s.Kind {
	case NoCell:
		return nil
	case PlainText:
		return c.Data[s.Start-1 : s.End+1]
	default:
		return c.Data[s.Start:s.End]
	}
}

// set notes the scalar at data[start:end].
func (c *Cells) set(column, start, end int, plain bool) {
	s := &c.Spans[column]
	switch {
	case !plain:
		*s = Span{uint32(start), uint32(end), anyCell}
	case c.Data[start] == '"':
		*s = Span{uint32(start + 1), uint32(end - 1), PlainText}
	default:
		*s = Span{uint32(start), uint32(end), PlainCell}
	}
}
