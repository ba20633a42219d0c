package export

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
)

// columns are the columns that items have turned out to have.
type columns struct {
	fields   []string // the wanted ones in their order; nil: all
	found    []column
	byName   map[string]int
	attached []*node // nodes that got their column in the item being walked
	frozen   bool    // no column can be added
	draft    bool    // frozen, but there may be more: see errNewColumn
	names    []string
	truncate bool // leave out what exceeds the limits, instead of failing
	below    map[string]bool
	losses   *losses
}

// errNewColumn ends the writing of rows on a column that was not known.
var errNewColumn = errors.New("new column")

type column struct {
	name  string
	field int
}

// newColumns are the wanted fields' columns, or all where none is wanted. With
// truncate, what exceeds the limits is left out and told to w, instead of failing.
func newColumns(wanted []string, truncate bool, w *losses) *columns {
	var unique []string
	for _, field := range wanted {
		if !slices.Contains(unique, field) {
			unique = append(unique, field)
		}
	}
	return &columns{fields: unique, byName: make(map[string]int), truncate: truncate, losses: w}
}

// empty are columns with the same wishes of which none was found yet.
func (c *columns) empty() *columns {
	return &columns{fields: c.fields, byName: make(map[string]int), truncate: c.truncate, losses: c.losses}
}

// clone are the same columns apart from these.
func (c *columns) clone() *columns {
	clone := c.frozenCopy()
	clone.found, clone.byName = slices.Clone(c.found), maps.Clone(c.byName)
	return clone
}

// frozenCopy are the same columns for another goroutine.
func (c *columns) frozenCopy() *columns {
	frozen := *c
	frozen.attached = nil
	return &frozen
}

// merge adds the columns of a page, in the order in which its items have them.
// Pages are merged in their order, so that the columns found first do not
// depend on where pages begin.
func (c *columns) merge(found []column) error {
	for _, column := range found {
		if _, known := c.byName[column.name]; known {
			continue
		}
		if len(c.found) >= maxColumns {
			if !c.truncate {
				return c.tooMany(column.name)
			}
			c.losses.omit(column.name)
			continue
		}
		c.byName[column.name] = len(c.found)
		c.found = append(c.found, column)
	}
	return nil
}

// fieldOf returns the index of the field that a path is, or is inside of, the
// longest if there are several, or fieldsBelow or unwanted.
func (c *columns) fieldOf(path string) int {
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
func (c *columns) attach(n *node) error {
	index, ok := c.byName[n.path]
	if !ok && c.draft {
		return errNewColumn
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
		if len(c.found) > maxColumns {
			// One more than the limit is found, so that it is known to be exceeded.
			if c.truncate {
				return nil
			}
			return c.tooMany(n.path)
		}
		index = len(c.found)
		c.found = append(c.found, column{name: n.path, field: n.field})
		c.byName[n.path] = index
	}
	n.column = index
	c.attached = append(c.attached, n)
	return nil
}

// leadsNowhere reports whether a place that was not seen yet can have no
// column: those that are left out shall take no memory.
func (c *columns) leadsNowhere(path string) bool {
	switch {
	case !c.truncate:
		return false
	case c.frozen:
		_, known := c.byName[path]
		return !known && !c.below[path]
	case len(path) > longestPath, len(c.found) > maxColumns:
		c.losses.omit(path)
		return true
	}
	return false
}

// mark starts an item; revert takes back what the item has added since.
func (c *columns) mark() int {
	c.attached = c.attached[:0]
	return len(c.found)
}

func (c *columns) revert(mark int) {
	for _, n := range c.attached {
		n.column = -1
	}
	c.attached = c.attached[:0]
	for _, column := range c.found[mark:] {
		delete(c.byName, column.name)
	}
	c.found = c.found[:mark]
}

// nested reports whether a wanted field turned out to have columns of its own.
func (c *columns) nested() bool {
	return slices.ContainsFunc(c.found, func(found column) bool {
		return found.name != c.fields[found.field]
	})
}

// freeze puts the columns in their final order. A wanted field that no item has
// is a column, too: the header does not depend on the data more than it must.
func (c *columns) freeze() error {
	final := slices.Clone(c.found)
	for i, field := range c.fields {
		if !slices.ContainsFunc(c.found, func(found column) bool { return found.field == i }) {
			if err := c.checkName(field); err != nil {
				return err
			}
			final = append(final, column{name: field, field: i})
		}
	}
	if len(final) > maxColumns {
		if !c.truncate {
			return c.tooMany(final[maxColumns].name)
		}
		for _, column := range final[maxColumns:] {
			c.losses.omit(column.name)
			delete(c.byName, column.name)
		}
		final = final[:maxColumns]
	}
	slices.SortFunc(final, func(a, b column) int {
		return cmp.Or(cmp.Compare(a.field, b.field), comparePaths(a.name, b.name))
	})
	for i, column := range final {
		c.byName[column.name] = i
	}
	c.found = final
	c.frozen = true
	c.setNames()
	if c.truncate {
		c.setBelow()
	}
	return nil
}

// setBelow notes the places that have columns inside of them.
func (c *columns) setBelow() {
	c.below = make(map[string]bool)
	for _, column := range c.found {
		for i := range len(column.name) {
			if column.name[i] == '/' {
				c.below[column.name[:i]] = true
			}
		}
	}
}
