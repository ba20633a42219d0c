package flatten

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
)

// Columns are the columns that items have turned out to have.
type Columns struct {
	fields   []string       // the wanted ones in their order; nil: all
	Found    []Column       // in the order in which they were found; once frozen, in that of a header
	ByName   map[string]int // indexes in Found
	attached []*node        // nodes that got their column in the item being walked
	frozen   bool           // no column can be added
	Draft    bool           // frozen, but there may be more: see ErrNewColumn
	Names    []string       // for a header, once frozen: like those of Found, cut where they are too long
	truncate bool           // leave out what exceeds the limits, instead of failing
	exact    bool           // see Exactly
	below    map[string]bool
	losses   *Losses
}

// ErrNewColumn ends the writing of rows on a column that was not known.
var ErrNewColumn = errors.New("new column")

// Column is a place of scalars in items, its names joined by slashes.
type Column struct {
	Name  string
	field int
}

// NewColumns begins with no column, for those of the wanted fields or, where none is
// wanted, for all. With truncate, what exceeds the limits is left out and told to w,
// instead of failing.
func NewColumns(wanted []string, truncate bool, w *Losses) *Columns {
	var unique []string
	for _, field := range wanted {
		if !slices.Contains(unique, field) {
			unique = append(unique, field)
		}
	}
	return &Columns{fields: unique, ByName: make(map[string]int), truncate: truncate, losses: w}
}

// Exactly are these columns in this order. An item with another one is an
// *UnknownColumnError.
func Exactly(names []string) *Columns {
	c := &Columns{ByName: make(map[string]int, len(names)), Names: names, frozen: true, exact: true}
	for i, name := range names {
		c.Found = append(c.Found, Column{Name: name})
		c.ByName[name] = i
	}
	return c
}

// Empty are columns with the same wishes of which none was found yet.
func (c *Columns) Empty() *Columns {
	return &Columns{fields: c.fields, ByName: make(map[string]int), truncate: c.truncate, losses: c.losses}
}

// Clone are the same columns apart from these.
func (c *Columns) Clone() *Columns {
	clone := c.frozenCopy()
	clone.Found, clone.ByName = slices.Clone(c.Found), maps.Clone(c.ByName)
	return clone
}

// frozenCopy are the same columns for another goroutine.
func (c *Columns) frozenCopy() *Columns {
	frozen := *c
	frozen.attached = nil
	return &frozen
}

// Merge adds the columns of a page, in the order in which its items have them.
// Pages are merged in their order, so that the columns found first do not
// depend on where pages begin.
func (c *Columns) Merge(found []Column) error {
	for _, column := range found {
		if _, known := c.ByName[column.Name]; known {
			continue
		}
		if len(c.Found) >= MaxColumns {
			if !c.truncate {
				return c.tooMany(column.Name)
			}
			c.losses.omit(column.Name)
			continue
		}
		c.ByName[column.Name] = len(c.Found)
		c.Found = append(c.Found, column)
	}
	return nil
}

// fieldOf returns the index of the field that a path is, or is inside of, the
// longest if there are several, or fieldsBelow or unwanted.
func (c *Columns) fieldOf(path string) int {
	if c.fields == nil {
		return 0
	}
	best := unwanted
	for i, field := range c.fields {
		switch {
		case isOrInside(path, field):
			if best < 0 || len(field) > len(c.fields[best]) {
				best = i
			}
		case best == unwanted && isOrInside(field, path):
			best = fieldsBelow
		}
	}
	return best
}

func isOrInside(path, field string) bool {
	rest, ok := strings.CutPrefix(path, field)
	return ok && (rest == "" || rest[0] == '/')
}

// attach gives a node its column. Places whose paths read the same, such as a
// key "a/b" and the b inside of a, share one. With truncate a node may be left
// without a column.
func (c *Columns) attach(n *node) error {
	index, ok := c.ByName[n.path]
	if !ok && c.Draft {
		return ErrNewColumn
	}
	if !ok && c.exact {
		return &UnknownColumnError{Column: n.path}
	}
	if !ok {
		if c.frozen && c.truncate {
			return nil
		}
		if c.frozen && c.fields == nil {
			return errDuplicate // the first pass has seen all columns but those of earlier duplicates
		}
		if c.frozen {
			return &NestedFieldError{Field: c.fields[n.field]}
		}
		if len(c.Found) > MaxColumns {
			// One more than the limit is found, so that it is known to be exceeded.
			if c.truncate {
				return nil
			}
			return c.tooMany(n.path)
		}
		index = len(c.Found)
		c.Found = append(c.Found, Column{Name: n.path, field: n.field})
		c.ByName[n.path] = index
	}
	n.column = index
	c.attached = append(c.attached, n)
	return nil
}

// leadsNowhere reports whether a place that was not seen yet can have no
// column: those that are left out shall take no memory.
func (c *Columns) leadsNowhere(path string) bool {
	switch {
	case !c.truncate:
		return false
	case c.frozen:
		_, known := c.ByName[path]
		return !known && !c.below[path]
	case len(path) > LongestPath, len(c.Found) > MaxColumns:
		c.losses.omit(path)
		return true
	}
	return false
}

// mark starts an item; revert takes back what the item has added since.
func (c *Columns) mark() int {
	c.attached = c.attached[:0]
	return len(c.Found)
}

func (c *Columns) revert(mark int) {
	for _, n := range c.attached {
		n.column = -1
	}
	c.attached = c.attached[:0]
	for _, column := range c.Found[mark:] {
		delete(c.ByName, column.Name)
	}
	c.Found = c.Found[:mark]
}

// Nested reports whether a wanted field turned out to have columns of its own.
func (c *Columns) Nested() bool {
	return slices.ContainsFunc(c.Found, func(found Column) bool {
		return found.Name != c.fields[found.field]
	})
}

// Freeze puts the columns in their final order. A wanted field that no item has
// is a column, too: the header does not depend on the data more than it must.
func (c *Columns) Freeze() error {
	final := slices.Clone(c.Found)
	for i, field := range c.fields {
		if !slices.ContainsFunc(c.Found, func(found Column) bool { return found.field == i }) {
			if err := c.checkName(field); err != nil {
				return err
			}
			final = append(final, Column{Name: field, field: i})
		}
	}
	if len(final) > MaxColumns {
		if !c.truncate {
			return c.tooMany(final[MaxColumns].Name)
		}
		for _, column := range final[MaxColumns:] {
			c.losses.omit(column.Name)
			delete(c.ByName, column.Name)
		}
		final = final[:MaxColumns]
	}
	slices.SortFunc(final, func(a, b Column) int {
		return cmp.Or(cmp.Compare(a.field, b.field), ComparePaths(a.Name, b.Name))
	})
	for i, column := range final {
		c.ByName[column.Name] = i
	}
	c.Found = final
	c.frozen = true
	c.setNames()
	if c.truncate {
		c.setBelow()
	}
	return nil
}

// setBelow notes the places that have columns inside of them.
func (c *Columns) setBelow() {
	c.below = make(map[string]bool)
	for _, column := range c.Found {
		for i := range len(column.Name) {
			if column.Name[i] == '/' {
				c.below[column.Name[:i]] = true
			}
		}
	}
}
