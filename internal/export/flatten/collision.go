package flatten

import (
	"errors"
	"fmt"
)

// CollisionError means that two members of an item belong in one column, as the b
// of {"a":{"b":1}} and the member "a/b" do.
type CollisionError struct {
	Column string
}

func (e *CollisionError) Error() string {
	return fmt.Sprintf("two members belong in column %q; leave one out with --omit, keep the first with --truncate, or export as jsonl (-f jsonl)", ShortName(e.Column))
}

// errShared ends the walk of an item in which a column was found to belong to
// several places: it is walked again, as what it held before is not known.
var errShared = errors.New("shared column")

// attach gives a place its column. Places whose paths read the same share one:
// they are told apart from then on, as an item may have a value at each.
func (t *Tree) attach(n *node) error {
	if err := t.Columns.attach(n); err != nil || n.column < 0 || n.shared {
		return err
	}
	for len(t.owners) <= n.column {
		t.owners = append(t.owners, nil)
	}
	owner := t.owners[n.column]
	if owner == nil {
		t.owners[n.column] = n
	}
	if owner == nil || owner == n {
		return nil
	}
	owner.shared, n.shared = true, true
	owner.column, n.column = -1, -1 // so that neither is passed by without a look
	return errShared
}

// taken notes that the item has a value in a shared column, and reports false for
// one that is left out because there is another.
func (t *Tree) taken(n *node) (bool, error) {
	column := n.column
	n.column = -1
	if t.filled == nil {
		t.filled = map[int]uint64{}
	}
	if t.filled[column] != t.walk {
		t.filled[column] = t.walk
		return true, nil
	}
	if !t.Columns.truncate {
		return false, &CollisionError{Column: n.path}
	}
	if t.Cells.Spans != nil {
		t.collided = append(t.collided, n.path)
	}
	return false, nil
}

// again begins the walk of an item anew, where it is not the one for which steps
// are noted.
func (t *Tree) again(i int) {
	clear(t.Cells.Spans)
	t.collided = t.collided[:0]
	t.walk++
	t.trail.start(t.root, i, true)
}

// warn tells what the walk of an item has left out.
func (t *Tree) warn() {
	for _, column := range t.collided {
		t.Columns.losses.collide(column)
	}
	t.collided = t.collided[:0]
}
