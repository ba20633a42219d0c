package transform

import "strings"

// fieldTree is a set of dotted paths: a.b and a.c share the node a.
type fieldTree struct {
	name     string
	whole    bool // a path ends here: everything below belongs to it
	children []*fieldTree
}

func newFieldTree(names []string) *fieldTree {
	root := &fieldTree{}
	for _, name := range names {
		node := root
		for segment := range strings.SplitSeq(name, ".") {
			node = node.makeChild(segment)
		}
		node.whole = true
	}
	return root
}

func (t *fieldTree) makeChild(name string) *fieldTree {
	if known := t.child(name); known != nil {
		return known
	}
	t.children = append(t.children, &fieldTree{name: name})
	return t.children[len(t.children)-1]
}

func (t *fieldTree) child(name string) *fieldTree {
	for _, child := range t.children {
		if child.name == name {
			return child
		}
	}
	return nil
}

func (t *fieldTree) childFor(key []byte) *fieldTree {
	for _, child := range t.children {
		if named(key, child.name) {
			return child
		}
	}
	return nil
}

func isObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// pick keeps what the tree names, in the tree's order; nil when there is
// nothing of it. Paths lead through objects only.
func (t *fieldTree) pick(value []byte) ([]byte, error) {
	if t.whole {
		return value, nil
	}
	if !isObject(value) {
		return nil, nil
	}
	from, err := parseRecord(value)
	if err != nil {
		return nil, err
	}
	var picked record
	for _, child := range t.children {
		for _, m := range from {
			if !named(m.key, child.name) {
				continue
			}
			below, err := child.pick(m.value)
			if err != nil {
				return nil, err
			}
			if below != nil {
				picked = append(picked, member{key: m.key, value: below})
			}
		}
	}
	if picked == nil {
		return nil, nil
	}
	return picked.appendTo(nil), nil
}

// without drops what the tree names from a record, which it overwrites.
func (t *fieldTree) without(r record) (record, error) {
	kept := r[:0]
	for _, m := range r {
		node := t.childFor(m.key)
		if node != nil && node.whole {
			continue
		}
		if node != nil && isObject(m.value) {
			inner, err := parseRecord(m.value)
			if err != nil {
				return nil, err
			}
			if inner, err = node.without(inner); err != nil {
				return nil, err
			}
			m.value = inner.appendTo(nil)
		}
		kept = append(kept, m)
	}
	return kept, nil
}
