// Package parquet writes Parquet files: the columns that a schema has, from items
// that were taken apart. A column of a row group is encoded by itself, so memory
// holds pages of the columns that are being encoded, not of all.
package parquet

import (
	"github.com/apifyctl/apifyctl/internal/export/schema"
)

// Layout is how types become columns.
type Layout struct {
	Columns []*Column
	root    *schema.Type
}

// Column is a column of a file.
type Column struct {
	leaf     schema.Leaf
	path     []string // in the file
	physical int
	length   int // bytes of a value, where all have the same number
	maxDef   uint8
	maxRep   uint8
}

// Physical types.
const (
	typeBoolean   = 0
	typeInt32     = 1
	typeInt64     = 2
	typeDouble    = 5
	typeByteArray = 6
	typeFixed     = 7
)

// NewLayout lays out the columns of items; there must be at least one.
func NewLayout(items *schema.Type) *Layout {
	l := &Layout{root: items}
	for _, leaf := range items.Leaves() {
		c := &Column{leaf: leaf}
		c.physical, c.length = physical(c.kind())
		for i, t := range leaf.Path[:len(leaf.Path)-1] {
			if t.Kind == schema.List {
				c.path = append(c.path, "list", "element")
				c.maxDef += 2
				c.maxRep++
				continue
			}
			c.path = append(c.path, fieldName(t, leaf.Keys[i]))
			c.maxDef++
		}
		l.Columns = append(l.Columns, c)
	}
	return l
}

func fieldName(group *schema.Type, key string) string {
	for _, f := range group.Fields {
		if f.Key == key {
			return f.Name
		}
	}
	return key
}

func (c *Column) kind() *schema.Type { return c.leaf.Path[len(c.leaf.Path)-1] }

// inNumbers reports whether values have at most eight bytes, in which they are
// handled then.
func (c *Column) inNumbers() bool { return c.physical != typeByteArray && c.physical != typeFixed }

func physical(t *schema.Type) (kind, length int) {
	switch t.Kind {
	case schema.Bool:
		return typeBoolean, 0
	case schema.Int, schema.Time:
		return typeInt64, 8
	case schema.Date:
		return typeInt32, 4
	case schema.Double:
		return typeDouble, 8
	case schema.Decimal:
		return typeFixed, decimalLength(t.Precision)
	}
	return typeByteArray, 0
}

// elements writes the schema, in preorder.
func (l *Layout) elements(t *thrift) {
	t.list(2, thriftStruct, countElements(l.root))
	t.begin()
	t.text(4, "schema")
	t.i32(5, len(l.root.Fields))
	t.end()
	for _, f := range l.root.Fields {
		element(t, f.Name, f.Type)
	}
}

func countElements(t *schema.Type) int {
	switch t.Kind {
	case schema.Group:
		count := 1
		for _, f := range t.Fields {
			count += countElements(f.Type)
		}
		return count
	case schema.List:
		return 2 + countElements(t.Element)
	}
	return 1
}

const (
	optional = 1
	repeated = 2
)

func element(t *thrift, name string, of *schema.Type) {
	t.begin()
	switch of.Kind {
	case schema.Group:
		t.i32(3, optional)
		t.text(4, name)
		t.i32(5, len(of.Fields))
		t.end()
		for _, f := range of.Fields {
			element(t, f.Name, f.Type)
		}
		return
	case schema.List:
		const list = 3
		t.i32(3, optional)
		t.text(4, name)
		t.i32(5, 1)
		t.i32(6, list)
		t.structure(10)
		t.empty(list)
		t.end()
		t.end()
		t.begin()
		t.i32(3, repeated)
		t.text(4, "list")
		t.i32(5, 1)
		t.end()
		element(t, "element", of.Element)
		return
	}
	kind, length := physical(of)
	t.i32(1, kind)
	if kind == typeFixed {
		t.i32(2, length)
	}
	t.i32(3, optional)
	t.text(4, name)
	logical(t, of)
	t.end()
}

// logical writes what the bytes of a column mean, in the old way and the new.
func logical(t *thrift, of *schema.Type) {
	annotate := func(converted, union int) {
		t.i32(6, converted)
		t.structure(10)
		t.empty(union)
		t.end()
	}
	switch of.Kind {
	case schema.String:
		annotate(0, 1)
	case schema.JSON:
		annotate(19, 12)
	case schema.Date:
		annotate(6, 6)
	case schema.Time:
		t.i32(6, 9)
		t.structure(10)
		t.structure(8)
		t.bool(1, true) // UTC
		t.structure(2)
		t.empty(1) // milliseconds
		t.end()
		t.end()
		t.end()
	case schema.Decimal:
		t.i32(6, 5)
		t.i32(7, 0)
		t.i32(8, of.Precision)
		t.structure(10)
		t.structure(5)
		t.i32(1, 0)
		t.i32(2, of.Precision)
		t.end()
		t.end()
	}
}

// Items is the type of the items.
func (l *Layout) Items() *schema.Type { return l.root }
