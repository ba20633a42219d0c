package flatten

import (
	"strconv"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// member finds the member whose key is at data[i] where the guess was wrong,
// and returns the offset behind the key. It returns nil for a member that can
// be passed over.
func (t *Tree) member(n, last *node, data []byte, i int) (*node, int, error) {
	end, err := rawjson.SkipKey(data, i)
	if err != nil {
		return nil, end, err
	}
	quoted := data[i:end]
	t.name = rawjson.AppendUnquoted(t.name[:0], quoted)
	member := n.members[string(t.name)]
	if member == nil {
		value := rawjson.SkipSpace(data, end)
		if value < len(data) { // the colon, which the caller checks
			value = rawjson.SkipSpace(data, value+1)
		}
		member, err = t.create(n, string(t.name), data, value)
		if member == nil || err != nil {
			return nil, end, err
		}
		member.label = keyLabel(quoted)
		if n.members == nil {
			n.members = make(map[string]*node)
		}
		n.members[string(t.name)] = member
	}
	if last == nil {
		n.first = member
	} else {
		last.next = member
	}
	return member, end, nil
}

// element is like member for the element of an array at data[i].
func (t *Tree) element(n *node, index int, data []byte, i int) (*node, error) {
	if index < len(n.elements) && n.elements[index] != nil {
		return n.elements[index], nil
	}
	element, err := t.create(n, strconv.Itoa(index), data, i)
	if element == nil || err != nil {
		return nil, err
	}
	for len(n.elements) <= index {
		n.elements = append(n.elements, nil)
	}
	n.elements[index] = element
	return element, nil
}

// create makes the node of a new place, or none where the value holds no
// scalar, so that what leads to no column takes no memory and its depth no
// stack: a node with a scalar below is at most as deep as a column's name is
// long.
func (t *Tree) create(parent *node, name string, data []byte, i int) (*node, error) {
	path := name
	if parent != t.root {
		path = parent.path + "/" + name
	}
	field := t.Columns.fieldOf(path)
	switch {
	case field == unwanted && t.strays >= maxStrays:
		return nil, nil // passed over
	case field == unwanted:
		t.strays++
	case !holdsScalar(data, i):
		if !holdsNothing(data, i) || len(path) > MaxNameLength || t.strays >= maxStrays || t.Columns.truncate {
			return nil, nil // passed over
		}
		t.strays++ // it will often come, empty or not
	case t.Columns.leadsNowhere(path):
		return nil, nil // passed over
	case field >= 0:
		if err := t.Columns.checkName(path); err != nil {
			return nil, err
		}
	}
	return &node{path: path, column: -1, field: field}, nil
}

// holdsNothing reports whether the value at data[i] is an object or array without
// anything inside.
func holdsNothing(data []byte, i int) bool {
	open := data[i]
	i = rawjson.SkipSpace(data, i+1)
	return i < len(data) && (open == '{' && data[i] == '}' || open == '[' && data[i] == ']')
}

// holdsScalar reports whether the value at data[i] is a scalar or has one
// inside. Whether it is well formed is found out by whoever reads it.
func holdsScalar(data []byte, i int) bool {
	if i >= len(data) || data[i] != '{' && data[i] != '[' {
		return true
	}
	depth := 0
	for i < len(data) {
		switch data[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return false
			}
		case ',', ' ', '\n', '\t', '\r':
		case '"': // a key if a colon follows
			end, err := rawjson.SkipString(data, i)
			if err != nil {
				return true
			}
			i = rawjson.SkipSpace(data, end)
			if i >= len(data) || data[i] != ':' {
				return true
			}
		default:
			return true
		}
		i++
	}
	return true
}

// AppendUnique appends value to dst with the last of the members that share a
// name and without the others, as deep as any column's name can reach.
func AppendUnique(dst, value []byte) ([]byte, error) {
	return rawjson.AppendUnique(dst, value, MaxNameLength+1)
}
