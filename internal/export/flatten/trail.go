package flatten

import (
	"bytes"
	"slices"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Items of a dataset look much alike: what stands between one scalar and the
// next, brackets, commas and keys, is the same bytes in most of them. A tree
// remembers these bytes as steps from place to place. An item that goes by known
// steps is walked by comparing them, without looking at brackets or keys one by
// one; any other is walked the slow way, which adds its steps.

// step leads from the scalar at one place, or the start of an item, to the next
// scalar, or the end of the item.
type step struct {
	label   label   // what stands in between
	to      *node   // nil: the item ends
	entered []*node // members on the way whose value is an object or array: each may come once in an item
	other   *step   // from the same place
}

// Bounds of what steps take of memory and time.
const (
	maxSteps     = 1 << 14
	maxStepText  = 1 << 9
	maxOthers    = 8  // steps from one place
	maxUnguessed = 63 // items that are walked the slow way after several that left the known steps
)

// trail is where a walk is, for the steps that it adds.
type trail struct {
	from    *node // the place of the last scalar; nil: what was passed over since is not known
	end     int   // the offset behind that scalar
	entered []*node
	steps   int // that there are
	missed  int // items in a row that left the known steps
	rest    int // so many items are not tried
	off     bool
}

// follow walks the item at data[i] along known steps. Where it reports false,
// nothing is known about the item.
func (t *Tree) follow(data []byte, i int) (end int, ok bool) {
	walk, keep := t.walk, t.Cells.Spans != nil
	place := t.root
	for {
		s := place.steps
		if s == nil {
			return i, false
		}
		if !s.label.startsAt(data, i) {
			if s = place.otherStep(data, i); s == nil {
				return i, false
			}
		}
		for _, n := range s.entered {
			if n.walk == walk {
				return i, false // a duplicate key
			}
			n.walk = walk
		}
		i += len(s.label.text)
		place = s.to
		if place == nil {
			return i, true
		}
		if place.walk == walk || i >= len(data) {
			return i, false
		}
		place.walk = walk
		if place.field < 0 {
			if i, ok = place.passOver(data, i); !ok {
				return i, false
			}
			continue
		}
		if place.column < 0 || data[i]|' ' == '{' { // or '['
			return i, false
		}
		var plain bool
		var err error
		if data[i] == '"' {
			end, plain, err = skipString(data, i, t.Special)
		} else {
			end, plain, err = skipScalar(data, i, t.Special)
		}
		if err != nil {
			return i, false
		}
		if keep {
			t.Cells.set(place.column, i, end, plain)
		}
		i = end
	}
}

// passOver steps over a value that is not wanted.
func (n *node) passOver(data []byte, i int) (end int, ok bool) {
	if n.field != unwanted && (data[i] == '{' || data[i] == '[') {
		return i, false // something inside is
	}
	end, err := rawjson.SkipValue(data, i)
	return end, err == nil
}

// otherStep finds the step at data[i] where the first one is wrong, and makes it
// the first.
func (n *node) otherStep(data []byte, i int) *step {
	for before := n.steps; before.other != nil; before = before.other {
		if s := before.other; s.label.startsAt(data, i) {
			before.other, s.other, n.steps = s.other, n.steps, s
			return s
		}
	}
	return nil
}

// start begins a walk the slow way; steps are added where they are of use.
func (t *trail) start(root *node, i int, off bool) {
	t.from, t.end, t.entered, t.off = root, i, t.entered[:0], off
}

// enter notes a member whose value is an object or array.
func (t *trail) enter(n *node) {
	if !t.off {
		t.entered = append(t.entered, n)
	}
}

// lose notes that a member was passed over that has no node.
func (t *trail) lose() { t.from = nil }

// reach notes that the walk has come to the scalar at data[start:end], or, with
// nil, to the end of the item.
func (t *trail) reach(n *node, data []byte, start, end int) {
	if t.off {
		return
	}
	if t.from != nil {
		t.add(n, data[t.end:start])
	}
	t.from, t.end, t.entered = n, end, t.entered[:0]
}

func (t *trail) add(to *node, text []byte) {
	if len(text) > maxStepText || t.steps >= maxSteps {
		return
	}
	count := 0
	for s := t.from.steps; s != nil; s = s.other {
		if bytes.Equal(s.label.text, text) {
			return
		}
		if count++; count == maxOthers {
			return
		}
	}
	t.steps++
	t.from.steps = &step{label: newLabel(text), to: to, entered: slices.Clone(t.entered), other: t.from.steps}
}

// tries reports whether the next item is worth being tried along known steps.
func (t *trail) tries() bool {
	if t.rest > 0 {
		t.rest--
		return false
	}
	return true
}

// hit and miss are told how it went.
func (t *trail) hit() { t.missed = 0 }

func (t *trail) miss() {
	t.missed++
	if t.missed > 8 {
		t.rest = min(1<<min(t.missed-8, 10)-1, maxUnguessed)
	}
}
