// Package schema finds out what items are made of, and says it in the languages
// of those who load them.
package schema

import (
	"fmt"
	"strings"
)

// Kind is what the values at a place have in common.
type Kind uint8

// The kinds. What fits none of the others is JSON text.
const (
	JSON    Kind = iota
	Bool         // true and false
	Int          // integers within 64 bits
	Decimal      // integers of at most 38 digits
	Double       // numbers that a float64 gives back
	Time         // strings such as 2024-02-29T23:59:59.000Z
	Date         // strings such as 2024-02-29
	String       // strings
	Group        // objects
	List         // arrays
)

// Type is what stands at a place. Every value can be null or missing.
type Type struct {
	Kind      Kind
	Precision int     // digits of a Decimal
	Fields    []Field // of a Group, in the order in which they first occurred
	Element   *Type   // of a List
}

// Field is a member of objects.
type Field struct {
	Key  string // as items have it
	Name string // that nothing beside it shares, whatever its case
	Type *Type
}

// MaxColumns is how many columns items may have: the platform's limit for formats
// with columns.
const MaxColumns = 2000

// String is the type as Parquet has it.
func (t *Type) String() string {
	switch t.Kind {
	case Bool:
		return "BOOLEAN"
	case Int:
		return "INT64"
	case Decimal:
		return fmt.Sprintf("DECIMAL(%d,0)", t.Precision)
	case Double:
		return "DOUBLE"
	case Time:
		return "TIMESTAMP"
	case Date:
		return "DATE"
	case String:
		return "STRING"
	case Group:
		return "GROUP"
	case List:
		return "LIST"
	}
	return "JSON"
}

// Leaf is a column of scalars or of JSON text.
type Leaf struct {
	Path []*Type // from the items to the column
	Keys []string
	Name string // its names, joined by slashes
}

// Leaves are the columns in their order.
func (t *Type) Leaves() []Leaf {
	var leaves []Leaf
	var walk func(path []*Type, keys, names []string)
	walk = func(path []*Type, keys, names []string) {
		t := path[len(path)-1]
		switch t.Kind {
		case Group:
			for _, f := range t.Fields {
				walk(append(path, f.Type), append(keys, f.Key), append(names, f.Name))
			}
		case List:
			walk(append(path, t.Element), append(keys, ""), append(names, "[]"))
		default:
			leaves = append(leaves, Leaf{Path: clone(path), Keys: clone(keys), Name: strings.ReplaceAll(strings.Join(names, "/"), "/[]", "[]")})
		}
	}
	walk([]*Type{t}, nil, nil)
	return leaves
}

func clone[T any](s []T) []T { return append([]T(nil), s...) }

// Count is the number of columns.
func (t *Type) Count() int {
	switch t.Kind {
	case Group:
		count := 0
		for _, f := range t.Fields {
			count += f.Type.Count()
		}
		return count
	case List:
		return t.Element.Count()
	}
	return 1
}
