package queue

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/apifyctl/apifyctl/internal/local/durable"
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
	change  durable.Change
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

// commit makes the pending changes. When it returns they are in the folder,
// and on the disk once the folder is synced.
func (q *openQueue) commit() (err error) {
	if len(q.pending.order) == 0 {
		return nil
	}
	temporary, err := durable.OpenStaging(q.shelf.Root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, temporary.Close()) }()
	changes := q.pending.changes()
	if err := temporary.Stage(changes, true); err != nil {
		return errors.Join(err, temporary.Unstage(changes))
	}
	move := durable.NewMover(q.shelf.Root, temporary.Folder, q.folder, q.storage.Path())
	for _, id := range q.pending.order {
		p := q.pending.files[id]
		if err := q.place(move, p); err != nil {
			return errors.Join(err, temporary.Unstage(changes))
		}
	}
	q.shelf.SyncLater(q.storage.Path())
	return nil
}

// changes are the files that are written and removed.
func (c *pendingFiles) changes() []*durable.Change {
	changes := make([]*durable.Change, 0, len(c.order))
	for _, id := range c.order {
		p := c.files[id]
		if p.fresh && p.deleted {
			continue
		}
		p.change = durable.Change{Name: p.name, Text: p.file.text, Deleted: p.deleted}
		changes = append(changes, &p.change)
		if p.old != "" {
			changes = append(changes, &durable.Change{Name: p.old, Deleted: true})
		}
	}
	return changes
}

func (q *openQueue) place(move *durable.Mover, p *pendingFile) (err error) {
	switch {
	case p.deleted && p.fresh:
	case p.deleted:
		err = errors.Join(q.folder.Remove(p.name), q.removeOld(p))
	case p.fresh:
		err = move.Add(p.change.Staged, p.name)
		if errors.Is(err, fs.ErrExist) { // an SDK was quicker: its file stays
			err = q.refresh(q.files, p.file.id, &sync.Mutex{})
		}
	case p.old != "":
		// Killed between the two, the new file is the one that counts.
		err = errors.Join(move.Replace(p.change.Staged, p.name), q.removeOld(p))
	default:
		err = move.Replace(p.change.Staged, p.name)
	}
	return err
}

func (q *openQueue) removeOld(p *pendingFile) error {
	if p.old == "" {
		return nil
	}
	return q.folder.Remove(p.old)
}
