package records

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/groupcommit"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// groups are the changes that wait for a store.
type groups = groupcommit.Groups[directory.Ref, *batch]

// batch is a group of changes of a store, whose lock is held. What each of them
// does to files is noted first (change.go), and then done at once.
type batch struct {
	*store
	style     recordStyle
	camel     bool
	temporary *durable.Staging
	movers    map[durable.Place]*atomicfile.Mover
	opened    []*atomicfile.Folder

	plan    plan
	entries map[string]*entry // what the index gets for a key; nil: it goes
	taken   map[string]bool   // files that changes are about, in lower case

	committed bool
	failed    error // some of what was noted is not done: it may be anybody's
}

// changeStore runs do on a store, together with the changes of others. What do
// has changed is on the disk when changeStore returns.
func (h *Handler) changeStore(ctx context.Context, ref directory.Ref, do func(*batch) error) error {
	return h.groups.Run(ctx, ref, do, func(ctx context.Context, jobs []*groupcommit.Job[*batch], begun *bool) error {
		return h.Change(ctx, ref, func(c *directory.Collection, s *directory.Storage) error {
			return h.store(c, s).changeTogether(jobs, begun)
		})
	})
}

func (s *store) changeTogether(jobs []*groupcommit.Job[*batch], begun *bool) (err error) {
	b := &batch{store: s, movers: map[durable.Place]*atomicfile.Mover{}, entries: map[string]*entry{}, taken: map[string]bool{}}
	defer func() { err = errors.Join(err, b.close()) }()
	if b.style, b.camel, err = s.beforeChange(); err != nil {
		return err
	}
	*begun = true
	for _, job := range jobs {
		job.Err = job.Do(b)
	}
	if err := b.commit(); err != nil || !b.committed {
		return err
	}
	return s.touchMetadata()
}

func (b *batch) close() error {
	var errs []error
	for _, folder := range b.opened {
		errs = append(errs, folder.Close())
	}
	if b.temporary != nil {
		errs = append(errs, b.temporary.Close())
	}
	return errors.Join(errs...)
}

// begin makes way for a change of a key and of these files: where the group has a
// change of one of them, or keys share files, what was noted is committed first.
func (b *batch) begin(key string, files ...entry) error {
	b.index.mutex.Lock()
	collides := b.index.sharing
	b.index.mutex.Unlock()
	if _, ok := b.entries[key]; ok {
		collides = true
	}
	for _, file := range files {
		collides = collides || b.taken[fileKey(file)]
	}
	if collides {
		return b.commit()
	}
	return nil
}

// fileKey is the same for files that some file systems do not tell apart.
func fileKey(e entry) string { return string(e.place()) + "/" + strings.ToLower(e.file) }

// plan is what changes do to files, in the order in which it is done.
type plan struct{ notes, files, removals []*durable.Change }

func (p *plan) add(more plan) {
	p.notes = append(p.notes, more.notes...)
	p.files = append(p.files, more.files...)
	p.removals = append(p.removals, more.removals...)
}

// note has a plan carried out with the next commit, after which key has the
// entry. files are those that the plan is about.
func (b *batch) note(key string, now *entry, what plan, files ...entry) {
	b.plan.add(what)
	b.entries[key] = now
	for _, file := range files {
		b.taken[fileKey(file)] = true
	}
}

// commit does what was noted. Once it has failed, it fails.
func (b *batch) commit() error {
	if b.failed == nil && len(b.entries) > 0 {
		b.committed = true
		b.failed = b.commitNoted()
		b.plan = plan{}
		clear(b.entries)
		clear(b.taken)
	}
	return b.failed
}

func (b *batch) commitNoted() (err error) {
	if b.temporary == nil {
		if b.temporary, err = durable.OpenStaging(b.in.Root); err != nil {
			return err
		}
	}
	staged := slices.Concat(b.plan.notes, b.plan.files)
	defer func() {
		if err != nil {
			err = errors.Join(err, b.temporary.Unstage(staged))
		}
	}()
	if err := b.temporary.Stage(staged); err != nil {
		return err
	}
	x := b.index
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if err := b.place(); err != nil {
		x.seen = [2]fs.FileInfo{} // what has been done is to be found out
		return err
	}
	for key, now := range b.entries {
		x.set(key, now)
	}
	x.seen, err = b.times()
	x.unsure = true
	return err
}

// place is where records get their names on disk. Their contents are on the disk
// already; the names are when the folders are synced, which happens when the
// store's lock is free again, before anybody is answered.
func (b *batch) place() error {
	if err := b.rename(b.plan.notes); err != nil {
		return err
	}
	if len(b.plan.notes) > 0 { // a value without its note would have another media type
		if err := atomicfile.SyncFolder(b.in.Root, b.path(typesFolder)); err != nil {
			return err
		}
	}
	if err := b.rename(b.plan.files); err != nil {
		return err
	}
	return b.remove(b.plan.removals)
}

func (b *batch) rename(files []*durable.Change) error {
	for _, c := range files {
		move, err := b.mover(c.In)
		if err != nil {
			return err
		}
		if err := move.Replace(c.Staged, c.Name); err != nil {
			return err
		}
		b.in.SyncLater(b.path(c.In))
	}
	return nil
}

// remove deletes files. What is new must be there for good before what is old
// goes.
func (b *batch) remove(files []*durable.Change) error {
	if len(files) > 0 {
		for _, in := range []durable.Place{ownFolder, valuesFolder} {
			if !slices.ContainsFunc(b.plan.files, func(c *durable.Change) bool { return c.In == in }) {
				continue
			}
			if err := atomicfile.SyncFolder(b.in.Root, b.path(in)); err != nil {
				return err
			}
		}
	}
	for _, c := range files {
		folder, err := b.folder(c.In)
		if err != nil || folder == nil {
			return err
		}
		if err := atomicfile.IgnoreMissing(folder.Remove(c.Name)); err != nil {
			return err
		}
		b.in.SyncLater(b.path(c.In))
	}
	return nil
}

func (b *batch) mover(in durable.Place) (*atomicfile.Mover, error) {
	if known := b.movers[in]; known != nil {
		return known, nil
	}
	root, err := b.folder(in)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, fs.ErrNotExist
	}
	folder, err := atomicfile.OpenFolder(b.in.Root, b.path(in))
	if err != nil {
		return nil, err
	}
	b.opened = append(b.opened, folder)
	b.movers[in] = atomicfile.NewMover(b.in.Root, b.temporary.Folder, folder)
	return b.movers[in], nil
}

// beforeChange brings the index up to date. A writer holds the lock, and does not
// read a folder that keeps growing over and over.
func (s *store) beforeChange() (style recordStyle, camel bool, err error) {
	x := s.index
	x.mutex.Lock()
	defer x.mutex.Unlock()
	err = s.refresh(x.unsure && time.Since(x.scanned) > atomicfile.RescanShare*x.took+atomicfile.ClockTick)
	return x.style, x.camel, err
}

// touchInterval is how often the times in a store's metadata file are set. They
// say when, not how often; and writing the file for every value would take
// longer than storing it.
const touchInterval = time.Second

func (s *store) touchMetadata() error {
	now := time.Now()
	if now.Sub(s.index.touched) < touchInterval {
		return nil
	}
	s.index.touched = now
	return directory.EditMetadata(s.in.Root, directory.KeyValueStores, s.Folder, directory.MetadataEdit{Modified: now})
}
