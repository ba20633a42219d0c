package local

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// recordBatch is a group of changes of a store, whose lock is held. What they do
// to files is put together first, and then done at once: by way of the store's
// journal where there are several small values, else each file synced by itself.
type recordBatch struct {
	*recordIndex
	handler   *Handler
	shelf     *shelf
	store     *storage
	inside    *os.Root // the store's folder
	journal   journal
	temporary *staging
	movers    map[storageFolder]*mover
	opened    []*rawFolder

	changes []*fileChange
	places  map[string]bool       // what changes are about, in lower case
	keys    map[string]*keyChange // not in the index yet

	committed bool
	told      bool  // the journal has some of it
	failed    error // some of what was noted is not done: it may be anybody's
}

// keyChange is what the index gets when the files are in their places.
type keyChange struct {
	entry *recordEntry // nil: the key goes
	value *fileChange  // its value, if nothing else goes with it
}

// A journal pays from so many files on, in a group or in groups that follow each
// other closely; one now and then is as quick by itself, and leaves nothing to
// settle.
const (
	journalFrom = 4
	burstGap    = time.Second
)

// changeRecords runs do on a store, together with the changes of others. What do
// has changed is on the disk when changeRecords returns.
func (h *Handler) changeRecords(ctx context.Context, ref reference, do func(*recordBatch) error) error {
	return h.records.lines.run(ctx, ref, do, h.changeRecordGroup)
}

func (h *Handler) changeRecordGroup(ctx context.Context, ref reference, jobs []*groupJob[*recordBatch], begun *bool) error {
	return h.change(ctx, ref, func(s *shelf, store *storage) error {
		return h.withBatch(s, store, func(b *recordBatch) error {
			if err := b.refreshed(); err != nil {
				return err
			}
			*begun = true
			for _, job := range jobs {
				job.err = job.do(b)
			}
			if err := b.commit(); err != nil || !b.committed {
				return err
			}
			return errors.Join(b.touchMetadata(s, store), b.keepJournal(ctx))
		})
	})
}

// withBatch runs do on a store that has been repaired, with its lock held.
func (h *Handler) withBatch(s *shelf, store *storage, do func(*recordBatch) error) (err error) {
	inside, err := s.inside(store)
	if err != nil {
		return err
	}
	info, err := inside.Stat(".")
	if err != nil {
		return err
	}
	b := &recordBatch{
		recordIndex: h.records.of(store.folder), handler: h, shelf: s, store: store, inside: inside,
		journal: journal{s.root, journalFile(keyValueStores, store.folder), identityOf(store, info)},
		movers:  map[storageFolder]*mover{}, places: map[string]bool{}, keys: map[string]*keyChange{},
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.recover(); err != nil {
		return err
	}
	return do(b)
}

func (b *recordBatch) close() error {
	var errs []error
	for _, folder := range b.opened {
		errs = append(errs, folder.close())
	}
	if b.temporary != nil {
		errs = append(errs, b.temporary.close())
	}
	return errors.Join(errs...)
}

// refreshed brings the index up to date.
func (b *recordBatch) refreshed() error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.beforeChange(b.shelf, b.store)
}

// stagingFolder opens the folder of temporary files once.
func (b *recordBatch) stagingFolder() (*staging, error) {
	if b.temporary == nil {
		var err error
		if b.temporary, err = openStaging(b.shelf.root); err != nil {
			return nil, err
		}
	}
	return b.temporary, nil
}

// change notes a change for commit. Each file is changed once at most: see
// conflicts.
func (b *recordBatch) change(changes ...*fileChange) {
	for _, c := range changes {
		b.places[placeKey(c)] = true
	}
	b.changes = append(b.changes, changes...)
}

// placeKey is the same for files that some file systems do not tell apart.
func placeKey(c *fileChange) string { return string(c.in) + "/" + strings.ToLower(c.name) }

// conflicts tells that an earlier change has to be made before these.
func (b *recordBatch) conflicts(changes []*fileChange) bool {
	return slices.ContainsFunc(changes, func(c *fileChange) bool { return b.places[placeKey(c)] })
}

// commit makes the changes that were noted. Once it has failed, it fails.
func (b *recordBatch) commit() (err error) {
	if b.failed != nil || len(b.changes) == 0 {
		return b.failed
	}
	b.committed = true
	defer func() { b.failed = err }()
	temporary, err := b.stagingFolder()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, temporary.unstage(b.changes))
		}
		b.changes = nil
		clear(b.places)
		clear(b.keys)
	}()
	journaled, err := b.journaled()
	if err != nil {
		return err
	}
	if err := temporary.stage(b.changes, !journaled); err != nil {
		return err
	}
	if journaled {
		b.told = true
		if err := b.journal.tell(b.changes); err != nil {
			return err
		}
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if err := b.place(journaled); err != nil {
		b.seen = [2]fs.FileInfo{} // what has been done is to be found out
		return err
	}
	for key, change := range b.keys {
		b.set(key, change.entry)
	}
	return b.looked(b.shelf, b.store)
}

// journaled decides whether the changes go by way of the journal, and sees to it
// that there is one. Where one is, all changes do: it would take back others
// after the machine has died.
func (b *recordBatch) journaled() (bool, error) {
	size, there, err := b.journal.size()
	if err != nil {
		return false, err
	}
	if there && size >= maxJournal {
		if err := b.settle(); err != nil {
			return false, err
		}
	}
	if there && size < maxJournal {
		return true, nil
	}
	now := time.Now()
	if now.Sub(b.burstAt) > burstGap {
		b.burst = 0
	}
	b.burstAt = now
	for _, c := range b.changes {
		if !c.deleted && c.synced == nil {
			b.burst++
		}
	}
	if b.burst < journalFrom || bootID() == "" {
		return false, nil
	}
	return true, b.journal.begin()
}

// place gives the staged files their names, and removes what is to go.
func (b *recordBatch) place(journaled bool) error {
	folders := map[storageFolder]bool{} // to be synced
	removals := false
	for _, c := range b.changes {
		if c.deleted {
			removals = true
			continue
		}
		move, err := b.mover(c.in)
		if err != nil {
			return err
		}
		if err := move.replace(c.staged, c.name); err != nil {
			return err
		}
		if !journaled || c.synced != nil {
			folders[c.in] = true
		}
	}
	if removals && !journaled {
		// What is new must be there for good before what is old goes.
		for in := range folders {
			if err := syncFolder(b.shelf.root, b.folderOf(in)); err != nil {
				return err
			}
		}
	}
	for _, c := range b.changes {
		if !c.deleted {
			continue
		}
		if err := ignoreMissing(b.shelf.root.Remove(b.pathOf(journalPlace{c.in, c.name}))); err != nil {
			return err
		}
		if !journaled {
			folders[c.in] = true
		}
	}
	for in := range maps.Keys(folders) {
		b.shelf.syncLater(b.folderOf(in))
	}
	return nil
}

func (b *recordBatch) mover(in storageFolder) (*mover, error) {
	if known := b.movers[in]; known != nil {
		return known, nil
	}
	from, name := b.shelf.root, b.folderOf(in)
	if in == "" {
		from, name = b.inside, "."
	}
	folder, err := openRaw(from, name)
	if err != nil {
		return nil, err
	}
	b.opened = append(b.opened, folder)
	b.movers[in] = newMover(b.shelf.root, b.temporary.rawFolder, folder, b.folderOf(in))
	return b.movers[in], nil
}

// folderOf is a path below the storage directory.
func (b *recordBatch) folderOf(in storageFolder) string {
	if in == "" {
		return b.store.path()
	}
	return hiddenFolder(b.store.id) + "/" + string(in)
}

func (b *recordBatch) pathOf(place journalPlace) string {
	return b.folderOf(place.in) + "/" + place.name
}
