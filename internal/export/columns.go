package export

import (
	"cmp"
	"slices"
	"strings"
)

// columns are the columns that items have turned out to have.
type columns struct {
	fields   []string // the wanted ones in their order; nil: all
	found    []column
	byName   map[string]int
	attached []*node // nodes that got their column in the item being walked
	frozen   bool    // the header is out: no column can be added
}

type column struct {
	name  string
	field int
}

func newColumns(fields []string) columns {
	var unique []string
	for _, field := range fields {
		if !slices.Contains(unique, field) {
			unique = append(unique, field)
		}
	}
	return columns{fields: unique, byName: make(map[string]int)}
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
// key "a/b" and the b inside of a, share one.
func (c *columns) attach(n *node) error {
	index, ok := c.byName[n.path]
	if !ok {
		if c.frozen && c.fields == nil {
			return errDuplicate // the first pass has seen all columns but those of earlier duplicates
		}
		if c.frozen {
			return &NestedFieldError{Field: c.fields[n.field]}
		}
		if len(c.found) >= maxColumns {
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

// freeze puts the columns in their final order and returns their names. A
// wanted field that no item has is a column, too: the header does not depend
// on the data more than it must. It renumbers the nodes from root on.
func (c *columns) freeze(root *node) ([]string, error) {
	final := slices.Clone(c.found)
	for i, field := range c.fields {
		if !slices.ContainsFunc(c.found, func(found column) bool { return found.field == i }) {
			if err := checkName(field); err != nil {
				return nil, err
			}
			final = append(final, column{name: field, field: i})
		}
	}
	if len(final) > maxColumns {
		return nil, c.tooMany(final[maxColumns].name)
	}
	slices.SortFunc(final, func(a, b column) int {
		return cmp.Or(cmp.Compare(a.field, b.field), comparePaths(a.name, b.name))
	})
	names := make([]string, len(final))
	for i, column := range final {
		names[i] = column.name
		c.byName[column.name] = i
	}
	c.renumber(root)
	c.found = final
	c.frozen = true
	return names, nil
}

func (c *columns) renumber(n *node) {
	if n == nil {
		return
	}
	if n.column >= 0 {
		n.column = c.byName[n.path]
	}
	for _, member := range n.members {
		c.renumber(member)
	}
	for _, element := range n.elements {
		c.renumber(element)
	}
}

// comparePaths orders paths by segment: numbers by value and before text, text
// without regard to case. Paths that differ in nothing else are ordered by
// their bytes, so that the order is total.
func comparePaths(a, b string) int {
	restA, restB := a, b
	for {
		segmentA, afterA, moreA := strings.Cut(restA, "/")
		segmentB, afterB, moreB := strings.Cut(restB, "/")
		if order := compareSegments(segmentA, segmentB); order != 0 {
			return order
		}
		if !moreA || !moreB {
			return cmp.Or(compareBools(moreA, moreB), strings.Compare(a, b))
		}
		restA, restB = afterA, afterB
	}
}

func compareSegments(a, b string) int {
	numberA, numberB := isNumber(a), isNumber(b)
	switch {
	case numberA && numberB:
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	case numberA || numberB:
		return compareBools(numberB, numberA)
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

func isNumber(segment string) bool {
	for i := range len(segment) {
		if segment[i] < '0' || segment[i] > '9' {
			return false
		}
	}
	return segment != ""
}

// compareBools puts false before true.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
