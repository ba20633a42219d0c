package queue

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
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
	file    requestfile.File
	name    string
	fresh   bool // it is not there yet
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
		p.change = durable.Change{Name: p.name, Text: p.file.Text, Deleted: p.deleted}
		changes = append(changes, &p.change)
	}
	return changes
}

func (q *openQueue) place(move *durable.Mover, p *pendingFile) (err error) {
	switch {
	case p.deleted && p.fresh:
	case p.deleted:
		err = q.folder.Remove(p.name)
	case p.fresh:
		err = move.Add(p.change.Staged, p.name)
		if errors.Is(err, fs.ErrExist) { // an SDK was quicker: its file stays
			err = q.refresh(q.files, p.file.ID, &sync.Mutex{})
		}
	default:
		err = move.Replace(p.change.Staged, p.name)
	}
	return err
}
