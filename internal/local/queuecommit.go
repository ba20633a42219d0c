package local

import (
	"errors"
	"io/fs"
	"sync"
)

// pendingFiles are changes of a queue's files that are decided on and not yet
// made. The index has them already.
type pendingFiles struct {
	files map[requestID]*pendingFile
	order []requestID
}

// maxPending is how many changes are held in memory until they are made.
const maxPending = 4096

type pendingFile struct {
	file    requestFile
	name    string
	old     string // a file that this one comes instead of; "" when it has the same name
	fresh   bool   // it is not there yet
	deleted bool
	change  fileChange
}

func (c *pendingFiles) of(id requestID) *pendingFile {
	p := c.files[id]
	if p == nil {
		if c.files == nil {
			c.files = map[requestID]*pendingFile{}
		}
		p = &pendingFile{}
		c.files[id] = p
		c.order = append(c.order, id)
	}
	return p
}

// commit makes the pending changes. When it returns they are in the journal, on
// the disk, and in the folder.
func (q *openQueue) commit() (err error) {
	if len(q.pending.order) == 0 {
		return nil
	}
	temporary, err := openStaging(q.shelf.root)
	if err != nil {
		return err
	}
	temporary.spares = &q.trash.spares
	defer func() { err = errors.Join(err, q.trash.take(temporary)) }()
	changes := q.pending.changes()
	if err := temporary.stage(changes, false); err != nil {
		return errors.Join(err, temporary.unstage(changes))
	}
	if err := q.journal(changes); err != nil {
		return errors.Join(err, temporary.unstage(changes))
	}
	move := newMover(q.shelf.root, temporary.rawFolder, q.folder, q.storage.path())
	for _, id := range q.pending.order {
		p := q.pending.files[id]
		left, err := q.place(move, p)
		if err != nil {
			return errors.Join(err, temporary.unstage(changes))
		}
		if left {
			temporary.left = append(temporary.left, p.change.staged)
		}
	}
	return nil
}

// changes are what the journal is told.
func (c *pendingFiles) changes() []*fileChange {
	changes := make([]*fileChange, 0, len(c.order))
	for _, id := range c.order {
		p := c.files[id]
		if p.fresh && p.deleted {
			continue
		}
		p.change = fileChange{name: p.name, text: p.file.text, deleted: p.deleted}
		changes = append(changes, &p.change)
		if p.old != "" {
			changes = append(changes, &fileChange{name: p.old, deleted: true})
		}
	}
	return changes
}

// place returns whether a file is left under the temporary name.
func (q *openQueue) place(move *mover, p *pendingFile) (left bool, err error) {
	switch {
	case p.deleted && p.fresh:
	case p.deleted:
		err = errors.Join(q.folder.remove(p.name), q.removeOld(p))
	case p.fresh:
		err = move.add(p.change.staged, p.name)
		if errors.Is(err, fs.ErrExist) { // an SDK was quicker: its file stays
			err = q.refresh(q.files, p.file.id, &sync.Mutex{})
		}
	case p.old != "":
		// Killed between the two, the new file is the one that counts.
		err = errors.Join(move.replace(p.change.staged, p.name), q.removeOld(p))
	default:
		left, err = move.exchange(p.change.staged, p.name)
	}
	return left, err
}

func (q *openQueue) removeOld(p *pendingFile) error {
	if p.old == "" {
		return nil
	}
	return q.folder.remove(p.old)
}
