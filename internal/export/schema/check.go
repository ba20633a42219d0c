package schema

import (
	"fmt"
	"math/bits"

	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// Misfit is a value that a schema does not allow.
type Misfit struct {
	Field string // "" for the items themselves
	Want  string // a type of columns, or what else the schema says
	Got   string // what it is
	Value string // its JSON text, shortened; "" where Want is a type
}

func (e *Misfit) Error() string {
	return fmt.Sprintf("%q is %s, which does not fit the schema's %s", shortened(e.Field), e.Got, e.Want)
}

// Check reports the places where values of a block do not fit, and the fields that
// the type does not have.
func (t *Type) Check(b *shred.Block) (misfits []*Misfit, unknown []string) {
	c := &checker{block: b}
	c.check(t, 0, "")
	return c.misfits, c.unknown
}

type checker struct {
	block   *shred.Block
	misfits []*Misfit
	unknown []string
}

func (c *checker) check(t *Type, place int, path string) {
	p := &c.block.Places[place]
	if wrong := p.Mask.Kinds() &^ t.holds(p); wrong != 0 {
		c.misfits = append(c.misfits, &Misfit{Field: path, Want: t.String(), Got: called(wrong)})
	}
	switch t.Kind {
	case Group:
		for _, child := range p.Children {
			key := c.block.Places[child].Key
			if f := t.field(key); f != nil {
				c.check(f.Type, child, join(path, key))
			} else if c.block.Places[child].Quoted != nil {
				c.unknown = append(c.unknown, join(path, key))
			}
		}
	case List:
		if element, ok := c.block.Element(place); ok {
			c.check(t.Element, element, path+"[]")
		}
	}
}

func (t *Type) field(key string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Key == key {
			return &t.Fields[i]
		}
	}
	return nil
}

// holds are the kinds of values that a type holds, of those at a place.
func (t *Type) holds(p *shred.Place) shred.Mask {
	null := shred.Of(shred.Null)
	switch t.Kind {
	case Bool:
		return null | shred.Of(shred.False, shred.True)
	case Int:
		return null | shred.Of(shred.Int)
	case Decimal:
		if p.Longest > t.Precision {
			return null | shred.Of(shred.Int)
		}
		return null | shred.Of(shred.Int, shred.Big)
	case Double:
		if p.Mask&shred.NotDouble != 0 {
			return null | shred.Of(shred.Double)
		}
		return null | shred.Of(shred.Int, shred.Big, shred.Double)
	case Time:
		return null | shred.Of(shred.Time)
	case Date:
		return null | shred.Of(shred.Date)
	case String:
		return null | shred.Of(shred.Time, shred.Date, shred.Plain, shred.Escaped)
	case Group:
		return null | shred.Of(shred.Object)
	case List:
		return null | shred.Of(shred.Array)
	}
	return ^shred.Mask(0)
}

// called names the first of the kinds.
func called(kinds shred.Mask) string {
	switch shred.Kind(bits.TrailingZeros32(uint32(kinds))) {
	case shred.False, shred.True:
		return "a boolean"
	case shred.Int:
		return "an integer"
	case shred.Big:
		return "an integer beyond 64 bits"
	case shred.Double:
		return "a number with a fraction"
	case shred.Odd:
		return "a number that no double gives back"
	case shred.Time:
		return "a time"
	case shred.Date:
		return "a date"
	case shred.Array:
		return "an array"
	case shred.Object, shred.Raw:
		return "an object"
	}
	return "a string"
}
