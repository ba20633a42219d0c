package records

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// recordBatch is a group of changes of a store, whose lock is held. What they do
// to files is put together first, and then done at once.
type recordBatch struct {
	*recordIndex
	shelf     *directory.Collection
	store     *directory.Storage
	inside    *os.Root // the store's folder
	temporary *durable.Staging
	movers    map[durable.Place]*durable.Mover
	opened    []*durable.Folder

	changes []*durable.Change
	places  map[string]bool       // what changes are about, in lower case
	keys    map[string]*keyChange // not in the index yet

	committed bool
	failed    error // some of what was noted is not done: it may be anybody's
}

// keyChange is what the index gets when the files are in their places.
type keyChange struct {
	entry *recordEntry    // nil: the key goes
	value *durable.Change // its value, if nothing else goes with it
}

// changeRecords runs do on a store, together with the changes of others. What do
// has changed is on the disk when changeRecords returns.
func (h *Handler) changeRecords(ctx context.Context, ref directory.Ref, do func(*recordBatch) error) error {
	return h.records.lines.Run(ctx, ref, do, func(ctx context.Context, jobs []*durable.Job[*recordBatch], begun *bool) error {
		return h.changeRecordGroup(ctx, ref, jobs, begun)
	})
}

func (h *Handler) changeRecordGroup(ctx context.Context, ref directory.Ref, jobs []*durable.Job[*recordBatch], begun *bool) error {
	return h.Change(ctx, ref, func(s *directory.Collection, store *directory.Storage) error {
		return h.withBatch(s, store, func(b *recordBatch) error {
			if err := b.refreshed(); err != nil {
				return err
			}
			*begun = true
			for _, job := range jobs {
				job.Err = job.Do(b)
			}
			if err := b.commit(); err != nil || !b.committed {
				return err
			}
			return b.touchMetadata(s, store)
		})
	})
}

// withBatch runs do on a store with its lock held.
func (h *Handler) withBatch(s *directory.Collection, store *directory.Storage, do func(*recordBatch) error) (err error) {
	inside, err := s.Inside(store)
	if err != nil {
		return err
	}
	b := &recordBatch{
		recordIndex: h.records.of(store.Folder), shelf: s, store: store, inside: inside,
		movers: map[durable.Place]*durable.Mover{}, places: map[string]bool{}, keys: map[string]*keyChange{},
	}
	defer func() { err = errors.Join(err, b.close()) }()
	return do(b)
}

func (b *recordBatch) close() error {
	var errs []error
	for _, folder := range b.opened {
		errs = append(errs, folder.Close())
	}
	if b.temporary != nil {
		errs = append(errs, b.temporary.Close())
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
func (b *recordBatch) stagingFolder() (*durable.Staging, error) {
	if b.temporary == nil {
		var err error
		if b.temporary, err = durable.OpenStaging(b.shelf.Root); err != nil {
			return nil, err
		}
	}
	return b.temporary, nil
}

// change notes a change for commit. Each file is changed once at most: see
// conflicts.
func (b *recordBatch) change(changes ...*durable.Change) {
	for _, c := range changes {
		b.places[placeKey(c)] = true
	}
	b.changes = append(b.changes, changes...)
}

// placeKey is the same for files that some file systems do not tell apart.
func placeKey(c *durable.Change) string { return string(c.In) + "/" + strings.ToLower(c.Name) }

// conflicts tells that an earlier change has to be made before these.
func (b *recordBatch) conflicts(changes []*durable.Change) bool {
	return slices.ContainsFunc(changes, func(c *durable.Change) bool { return b.places[placeKey(c)] })
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
			err = errors.Join(err, temporary.Unstage(b.changes))
		}
		b.changes = nil
		clear(b.places)
		clear(b.keys)
	}()
	if err := temporary.Stage(b.changes, true); err != nil {
		return err
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if err := b.place(); err != nil {
		b.seen = [2]fs.FileInfo{} // what has been done is to be found out
		return err
	}
	for key, change := range b.keys {
		b.set(key, change.entry)
	}
	return b.looked(b.shelf, b.store)
}

// place gives the staged files their names, and removes what is to go.
func (b *recordBatch) place() error {
	folders := map[durable.Place]bool{} // to be synced
	removals := false
	for _, c := range b.changes {
		if c.Deleted {
			removals = true
			continue
		}
		move, err := b.mover(c.In)
		if err != nil {
			return err
		}
		if err := move.Replace(c.Staged, c.Name); err != nil {
			return err
		}
		folders[c.In] = true
	}
	if removals {
		// What is new must be there for good before what is old goes.
		for in := range folders {
			if err := durable.SyncFolder(b.shelf.Root, b.folderOf(in)); err != nil {
				return err
			}
		}
	}
	for _, c := range b.changes {
		if !c.Deleted {
			continue
		}
		if err := durable.IgnoreMissing(b.shelf.Root.Remove(b.folderOf(c.In) + "/" + c.Name)); err != nil {
			return err
		}
		folders[c.In] = true
	}
	for in := range maps.Keys(folders) {
		b.shelf.SyncLater(b.folderOf(in))
	}
	return nil
}

func (b *recordBatch) mover(in durable.Place) (*durable.Mover, error) {
	if known := b.movers[in]; known != nil {
		return known, nil
	}
	from, name := b.shelf.Root, b.folderOf(in)
	if in == "" {
		from, name = b.inside, "."
	}
	folder, err := durable.OpenFolder(from, name)
	if err != nil {
		return nil, err
	}
	b.opened = append(b.opened, folder)
	b.movers[in] = durable.NewMover(b.shelf.Root, b.temporary.Folder, folder, b.folderOf(in))
	return b.movers[in], nil
}

// folderOf is a path below the storage directory.
func (b *recordBatch) folderOf(in durable.Place) string {
	if in == "" {
		return b.store.Path()
	}
	return hiddenFolder(b.store.ID) + "/" + string(in)
}
