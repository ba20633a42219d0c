package flatten

import (
	"errors"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Tree flattens items: it walks their bytes and finds the column of each
// scalar without building a path or asking a map for each. It remembers the
// keys seen so far and guesses that the next key is the one that came next
// last time, which is one comparison of bytes.
type Tree struct {
	root     *node
	Columns  *Columns
	Cells    Cells  // of the item being walked; without spans while columns are only collected
	Special  byte   // what no plain text contains
	walk     uint64 // walks over items so far
	trail    trail
	name     []byte         // scratch for decoded keys
	strays   int            // nodes that lead to no column
	owners   []*node        // the first place of each column
	filled   map[int]uint64 // the walk in which a shared column last got a value
	collided []string       // columns of values that the item's walk has left out
}

// node is a place in items: a member of an object or an element of an array.
type node struct {
	label    label  // the key as it was first spelled
	path     string // names joined by "/"
	field    int    // the wanted field that the place is in, or one of the values below
	column   int    // where a scalar here goes; -1 before one was seen, and where shared
	shared   bool   // the column is another place's too
	walk     uint64 // the one in which the member was last seen: twice in one is a duplicate
	next     *node  // the member that came behind this one last time
	first    *node  // the member that came first last time
	members  map[string]*node
	elements []*node
	steps    *step // from here, the one that was last taken first
}

const (
	fieldsBelow = -1 // nothing here is wanted, but something below may be
	unwanted    = -2
)

// maxStrays bounds the memory that keys outside of the wanted fields take.
const maxStrays = 4096

// errDuplicate ends the walk of an item in which a key repeats.
var errDuplicate = errors.New("duplicate key")

// ErrNoObject is the error of an item that is no object.
var ErrNoObject = errors.New("is not an object: only objects have columns")

// NewTree is a tree that only finds columns, and adds them to c.
func NewTree(c *Columns) *Tree {
	return &Tree{root: &node{column: -1, field: fieldsBelow}, Columns: c, Special: '"'}
}

// Item walks the item that starts at data[i] and returns the offset behind it.
func (t *Tree) Item(data []byte, i int) (int, error) {
	if i >= len(data) {
		return i, rawjson.ErrIncomplete
	}
	if data[i] != '{' {
		return i, ErrNoObject
	}
	clear(t.Cells.Spans)
	t.Cells.Data = data
	t.walk++
	tried := t.trail.tries()
	if tried {
		if end, ok := t.follow(data, i); ok {
			t.trail.hit()
			return end, nil
		}
		t.trail.miss()
		clear(t.Cells.Spans)
		t.walk++
	}
	mark := t.Columns.mark()
	t.trail.start(t.root, i, !tried)
	end, err := t.object(t.root, data, i)
	for errors.Is(err, errShared) {
		t.again(i)
		end, err = t.object(t.root, data, i)
	}
	if err == nil {
		t.warn()
		t.trail.reach(nil, data, end, end)
	}
	if err == nil || !mayBeDuplicate(err) {
		return end, err
	}
	// The last of several members with the same key wins, and what the
	// earlier ones hold makes no column.
	t.Columns.revert(mark)
	t.owners = t.owners[:min(mark, len(t.owners))]
	end, err = rawjson.SkipValue(data, i)
	if err != nil {
		return end, err
	}
	unique, err := AppendUnique(nil, data[i:end])
	if err != nil {
		return end, err
	}
	t.Cells.Data = unique
	for again := true; again; again = errors.Is(err, errShared) {
		t.again(0)
		_, err = t.object(t.root, unique, 0)
	}
	t.warn()
	return end, err
}

// mayBeDuplicate reports whether an error can go away when the members that a
// later one with the same key replaces are left out.
func mayBeDuplicate(err error) bool {
	_, limit := errors.AsType[*ColumnLimitError](err)
	_, collision := errors.AsType[*CollisionError](err)
	_, unknown := errors.AsType[*UnknownColumnError](err)
	return limit || collision || unknown || errors.Is(err, errDuplicate) || errors.Is(err, ErrNestedField)
}

func (t *Tree) object(n *node, data []byte, i int) (int, error) {
	i = rawjson.SkipSpace(data, i+1)
	if i < len(data) && data[i] == '}' {
		return i + 1, nil
	}
	var last *node
	for {
		guess := n.first
		if last != nil {
			guess = last.next
		}
		var member *node
		var err error
		if guess != nil && guess.label.startsAt(data, i) {
			member = guess
			i += len(guess.label.text)
		} else {
			if member, i, err = t.member(n, last, data, i); err != nil {
				return i, err
			}
			i = rawjson.SkipSpace(data, i)
			if i, err = rawjson.Expect(data, i, ':'); err != nil {
				return i, err
			}
		}
		i = rawjson.SkipSpace(data, i)
		if member == nil {
			t.trail.lose()
			i, err = rawjson.SkipValue(data, i)
		} else {
			if member.walk == t.walk {
				return i, errDuplicate
			}
			member.walk = t.walk
			if i < len(data) && (data[i] == '{' || data[i] == '[') && member.field != unwanted {
				t.trail.enter(member)
			}
			last = member
			i, err = t.value(member, data, i)
		}
		if err != nil {
			return i, err
		}
		var more bool
		if i, more, err = rawjson.Separator(data, i, '}'); err != nil || !more {
			return i, err
		}
	}
}

func (t *Tree) array(n *node, data []byte, i int) (int, error) {
	i = rawjson.SkipSpace(data, i+1)
	if i < len(data) && data[i] == ']' {
		return i + 1, nil
	}
	for index := 0; ; index++ {
		element, err := t.element(n, index, data, i)
		if err != nil {
			return i, err
		}
		if element == nil {
			t.trail.lose()
			i, err = rawjson.SkipValue(data, i)
		} else {
			i, err = t.value(element, data, i)
		}
		if err != nil {
			return i, err
		}
		var more bool
		if i, more, err = rawjson.Separator(data, i, ']'); err != nil || !more {
			return i, err
		}
	}
}

func (t *Tree) value(n *node, data []byte, i int) (int, error) {
	if i < len(data) && n.field != unwanted {
		switch data[i] {
		case '{':
			return t.object(n, data, i)
		case '[':
			return t.array(n, data, i)
		}
	}
	end, plain, err := skipScalar(data, i, t.Special)
	if err != nil {
		return end, err
	}
	t.trail.reach(n, data, i, end)
	if n.field < 0 {
		return end, nil
	}
	if n.column < 0 {
		if err := t.attach(n); err != nil {
			return end, err
		}
	}
	if n.shared && n.column >= 0 {
		column := n.column
		if fill, err := t.taken(n); err != nil || !fill {
			return end, err
		}
		if t.Cells.Spans != nil {
			t.Cells.set(column, i, end, plain)
		}
		return end, nil
	}
	if t.Cells.Spans != nil && n.column >= 0 {
		t.Cells.set(n.column, i, end, plain)
	}
	return end, nil
}
