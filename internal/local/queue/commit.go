package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// pendingFiles are changes of a queue's files that are decided on and not yet
// made. The index has them already.
type pendingFiles struct {
	files map[requestindex.RequestID]*pendingFile
	order []requestindex.RequestID
}

// maxPending is how many changes are held in memory until they are made.
const maxPending = 4096

type pendingFile struct {
	file    requestfile.File
	name    string
	fresh   bool // it is not there yet
	deleted bool
	over    []byte // what the file has now, for a text that is written over it
	draft   *draft // whose staged file it is; nil: it is staged with the group
	change  durable.Change
}

func (c *pendingFiles) of(id requestindex.RequestID) *pendingFile {
	p := c.files[id]
	if p == nil {
		if c.files == nil {
			c.files = map[requestindex.RequestID]*pendingFile{}
		}
		p = &pendingFile{}
		c.files[id] = p
		c.order = append(c.order, id)
	}
	return p
}

// commit makes the pending changes. When it returns they are in the folder, and
// on the disk, but for locks, once the folder is synced.
func (q *openQueue) commit() error {
	files, locked, err := q.overwrite()
	if err == nil && locked {
		err = q.noting(q.folder.Touch) // which tells others to look
	}
	if err == nil && len(files) > 0 {
		err = q.replace(files)
	}
	if err != nil {
		return err
	}
	q.unsaved += int64(len(q.pending.order))
	q.pending = pendingFiles{}
	return q.noting(q.touchMetadata)
}

// overwrite writes over files what can be written over them, and returns the rest.
func (q *openQueue) overwrite() (rest []*pendingFile, locked bool, err error) {
	for _, id := range q.pending.order {
		p := q.pending.files[id]
		if p.over != nil && !p.deleted {
			times, done, err := q.folder.Overwrite(p.name, p.over, p.file.Text)
			if err != nil {
				return nil, locked, fmt.Errorf("request %s: %w", id, err)
			}
			if done {
				q.index.Stamp(id, times.Changed.UnixNano())
				locked = true
				continue
			}
		}
		if !p.fresh || !p.deleted {
			rest = append(rest, p)
		}
	}
	return rest, locked, nil
}

// replace writes files under temporary names, brings them to the disk together,
// and gives them their own names.
func (q *openQueue) replace(files []*pendingFile) (err error) {
	temporary, err := durable.OpenStaging(q.collection.Root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, temporary.Close()) }()
	var changes []*durable.Change
	for _, p := range files {
		if !p.deleted && p.draft == nil {
			p.change.Text = p.file.Text
			changes = append(changes, &p.change)
		}
	}
	if err := temporary.Stage(changes); err != nil {
		return errors.Join(err, temporary.Unstage(changes))
	}
	mover := atomicfile.NewMover(q.collection.Root, temporary.Folder, q.folder)
	err = q.noting(func() error {
		for _, p := range files {
			if err := q.place(mover, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, temporary.Unstage(changes))
	}
	q.collection.SyncLater(q.storage.Path())
	return nil
}

func (q *openQueue) place(mover *atomicfile.Mover, p *pendingFile) error {
	if p.deleted {
		return q.folder.Remove(p.name)
	}
	staged := p.change.Staged
	if p.draft != nil {
		staged, p.draft.staged = p.draft.staged, ""
	}
	move := mover.Replace
	if p.fresh {
		move = mover.Add
	}
	err := move(staged, p.name)
	if errors.Is(err, fs.ErrExist) && p.fresh { // an SDK was quicker: its file stays
		return q.refresh(q.folder, p.file.ID, &sync.Mutex{})
	}
	if err != nil {
		return err
	}
	info, err := q.folder.Root.Lstat(p.name)
	if err == nil {
		q.index.Stamp(p.file.ID, atomicfile.ChangeTime(info).UnixNano())
	}
	return atomicfile.IgnoreMissing(err)
}

// noting runs do, which changes the folder, and notes what the folder is with
// that. What others have done before makes the index stale; what they do meanwhile
// is found by the scan that being unsure leads to.
func (q *openQueue) noting(do func() error) error {
	before, err := q.folder.Root.Stat(".")
	if err != nil {
		return err
	}
	q.stale = q.stale || folderStateOf(before) != q.seen
	if err := do(); err != nil || q.stale {
		return err
	}
	after, err := q.folder.Root.Stat(".")
	if err != nil {
		return err
	}
	q.seen, q.unsure = folderStateOf(after), true
	return nil
}
