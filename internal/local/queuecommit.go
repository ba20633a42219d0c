package local

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"
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
	staged  string // the temporary file
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
	if err := q.shelf.root.MkdirAll(temporaryFolder, 0o777); err != nil {
		return err
	}
	temporary, err := q.shelf.root.OpenRoot(temporaryFolder)
	if err != nil {
		return err
	}
	defer closing(temporary, &err)
	if err := q.stage(temporary); err != nil {
		return errors.Join(err, q.unstage(temporary))
	}
	if err := q.journal(); err != nil {
		return errors.Join(err, q.unstage(temporary))
	}
	move, err := newMover(q.shelf.root, temporary, q.files, q.storage.path())
	if err != nil {
		return errors.Join(err, q.unstage(temporary))
	}
	for _, id := range q.pending.order {
		if err := q.place(move, q.pending.files[id]); err != nil {
			return errors.Join(err, move.close(), q.unstage(temporary))
		}
	}
	return move.close()
}

// stage writes the files under temporary names.
func (q *openQueue) stage(temporary *os.Root) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	prefix := rand.Text() + "-"
	for i, id := range q.pending.order {
		p := q.pending.files[id]
		if p.deleted {
			continue
		}
		p.staged = prefix + strconv.Itoa(i)
		group.Go(func() error { return temporary.WriteFile(p.staged, p.file.text, 0o666) })
	}
	return group.Wait()
}

// unstage removes temporary files after a failure.
func (q *openQueue) unstage(temporary *os.Root) error {
	var errs []error
	for _, p := range q.pending.files {
		if p.staged != "" {
			errs = append(errs, ignoreMissing(temporary.Remove(p.staged)))
		}
	}
	return errors.Join(errs...)
}

func (q *openQueue) place(move *mover, p *pendingFile) error {
	switch {
	case p.deleted && p.fresh:
		return nil
	case p.deleted:
		return errors.Join(ignoreMissing(q.files.Remove(p.name)), q.removeOld(p))
	case p.fresh:
		err := move.add(p.staged, p.name)
		if errors.Is(err, fs.ErrExist) { // an SDK was quicker: its file stays
			err = q.refresh(q.files, p.file.id, &sync.Mutex{})
		}
		return err
	default:
		// Killed between the two, the new file is the one that counts.
		return errors.Join(move.replace(p.staged, p.name), q.removeOld(p))
	}
}

func (q *openQueue) removeOld(p *pendingFile) error {
	if p.old == "" {
		return nil
	}
	return ignoreMissing(q.files.Remove(p.old))
}
