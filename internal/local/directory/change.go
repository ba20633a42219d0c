package directory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/groupcommit"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// write runs do on the storages of a kind, with the kind's lock held and after
// finishing what a killed process left half-done. It creates the directory.
func (d *Directory) write(ctx context.Context, k Kind, do func(*Collection) error) error {
	return d.Writing(func(root *os.Root) (err error) {
		unlock, err := d.lock(ctx, root, kindLock(k))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, unlock()) }()
		for _, folder := range []string{k.Folder(), k.stateFolder()} {
			if err := atomicfile.MakeFolders(root, folder); err != nil {
				return err
			}
		}
		s, err := d.openShelf(root, k)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.close()) }()
		if err := s.finishMove(); err != nil {
			return err
		}
		return do(s)
	})
}

// alone runs do, which changes a storage's place or state, with the storage's
// lock held. The kind's lock is held already.
func (d *Directory) alone(ctx context.Context, s *Collection, target *Storage, do func() error) (err error) {
	unlock, err := d.lock(ctx, s.Root, storageLock(s.kind, target.Folder))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := d.contents[s.kind].Repair(ctx, s, target.Folder); err != nil {
		return err
	}
	return do()
}

// Change runs do on a storage with its lock held. A run's storage is made where
// it is missing. What do has done is on the disk when change returns: folders
// that it noted with syncLater are synced when the lock is free again, together
// with what others have put there.
func (d *Directory) Change(ctx context.Context, ref Ref, do func(*Collection, *Storage) error) error {
	if !ref.Run {
		// What does not exist must not leave a trace on disk.
		if root, err := d.Root(); errors.Is(err, fs.ErrNotExist) {
			return notFound(ref.Kind)
		} else if err == nil {
			return errors.Join(d.changeIn(ctx, root, ref, do), root.Close())
		}
	}
	return d.Writing(func(root *os.Root) error { return d.changeIn(ctx, root, ref, do) })
}

func (d *Directory) changeIn(ctx context.Context, root *os.Root, ref Ref, do func(*Collection, *Storage) error) error {
	for {
		if changed, err := d.tryChange(ctx, root, ref, do); changed || err != nil {
			return err
		}
	}
}

// tryChange is false where the storage has to be looked for again.
func (d *Directory) tryChange(ctx context.Context, root *os.Root, ref Ref, do func(*Collection, *Storage) error) (changed bool, err error) {
	s, err := d.openShelf(root, ref.Kind)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if s.moving != nil {
		return false, d.write(ctx, ref.Kind, func(*Collection) error { return nil })
	}
	found, err := d.Find(s, ref)
	if wire.IsNotFound(err) && ref.Run {
		return false, d.write(ctx, ref.Kind, func(s *Collection) error {
			_, _, err := d.created(s, newID(), ref.Name, nil)
			return err
		})
	}
	if wire.IsNotFound(err) && d.mayBeRenamed(s) {
		_, err := d.findAlone(ctx, ref)
		return false, err
	}
	if err != nil {
		return false, err
	}
	changed, err = d.changeLocked(ctx, s, found, do)
	if !changed || err != nil {
		return changed, err
	}
	for _, folder := range s.unsynced {
		err = errors.Join(err, d.syncFolder(ctx, root, folder))
	}
	return true, err
}

// mayBeRenamed tells whether there is anything that could be renamed just now.
func (d *Directory) mayBeRenamed(s *Collection) bool {
	return s.Folders != nil && s.Private != nil && !d.ReadOnly
}

// findAlone looks for a storage while none of the kind is renamed: until its state
// has followed its folder, it goes by another ID. Where nothing can be written,
// nothing is renamed.
func (d *Directory) findAlone(ctx context.Context, ref Ref) (found *Storage, err error) {
	err = d.write(ctx, ref.Kind, func(s *Collection) (err error) {
		found, err = d.Find(s, ref)
		return err
	})
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		err = notFound(ref.Kind)
	}
	return found, err
}

// syncFolder brings a folder to the disk, together for all who have put something
// into it. A folder that is gone is no error: whoever renames or deletes a storage
// syncs it first.
func (d *Directory) syncFolder(ctx context.Context, root *os.Root, name string) error {
	nothing := func(struct{}) error { return nil }
	return d.syncs.Run(context.WithoutCancel(ctx), name, nothing, func(_ context.Context, _ []*groupcommit.Job[struct{}], begun *bool) error {
		*begun = true
		return atomicfile.IgnoreMissing(atomicfile.SyncFolder(root, name))
	})
}

func (d *Directory) changeLocked(ctx context.Context, s *Collection, found *Storage, do func(*Collection, *Storage) error) (changed bool, err error) {
	leave, err := d.Enter()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, leave()) }()
	unlock, err := d.lock(ctx, s.Root, storageLock(s.kind, found.Folder))
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if s.Private == nil {
		if err := s.openPrivate(); err != nil {
			return false, err
		}
	}
	// It may have been renamed, or deleted, before the lock was there.
	if s.readMove(); s.moving != nil {
		return false, nil
	}
	if err := s.closeOpened(); err != nil {
		return false, err
	}
	now, err := s.load(found.Folder)
	if err != nil || now.ID != found.ID {
		return false, atomicfile.IgnoreMissing(err)
	}
	if err := d.contents[s.kind].Repair(ctx, s, now.Folder); err != nil {
		return false, err
	}
	return true, do(s, now)
}

// created makes a storage; name "" makes an unnamed one. A taken name gives the
// storage that has it, and false.
func (d *Directory) created(s *Collection, id, name string, schema []byte) (*Storage, bool, error) {
	folder := id
	if name != "" {
		switch taken, err := s.findByName(name); {
		case err != nil:
			return nil, false, err
		case taken != nil:
			return taken, false, nil
		}
		folder = name
	}
	now := time.Now()
	// The state comes first: a folder without it would get another ID.
	st := State{ID: id, Named: new(name != ""), CreatedAt: now, ModifiedAt: now, Schema: schema}
	if err := durable.WriteState(s.Root, stateFile(s.kind, folder), st); err != nil {
		return nil, false, err
	}
	fresh := true
	if err := s.Folders.Mkdir(folder, 0o777); errors.Is(err, fs.ErrExist) {
		fresh = false // an SDK was quicker
	} else if err != nil {
		return nil, false, err
	}
	if err := atomicfile.SyncFolder(s.Folders, "."); err != nil {
		return nil, false, err
	}
	found, err := s.load(folder)
	return found, fresh, err
}

// change is what a PUT asks for.
type change struct {
	name   *string // nil leaves it; pointer to "" takes it away
	access string  // "" leaves it
	id     string  // "" leaves it
}

// changed carries out a change on a storage. Names that are taken are refused
// before anything happens.
func (s *Collection) changed(target *Storage, c change) (*Storage, error) {
	st := target.Remembered()
	st.ModifiedAt = time.Now()
	if c.access != "" {
		st.GeneralAccess = c.access
	}
	st.ID = cmp.Or(c.id, st.ID)
	folder := target.Folder
	if c.name != nil && *c.name != target.Name {
		st.Named = new(*c.name != "")
		folder = cmp.Or(*c.name, st.ID)
	} else if target.Name == "" && c.id != "" {
		st.Named = new(false)
		folder = c.id
	}
	if folder == target.Folder {
		if err := s.WriteState(folder, st); err != nil {
			return nil, err
		}
		if err := s.editNames(folder, st); err != nil {
			return nil, err
		}
		return s.load(folder)
	}
	if err := s.checkFree(target.Folder, folder); err != nil {
		return nil, err
	}
	if err := s.contents.Moving(s, target, folder); err != nil {
		return nil, err
	}
	if err := s.rename(target.Folder, folder, st); err != nil {
		return nil, err
	}
	return s.load(folder)
}

// Remembered is the state that keeps a storage what it is.
func (s *Storage) Remembered() State {
	return State{
		ID: s.ID, Named: new(s.Name != ""), CreatedAt: s.created,
		GeneralAccess: s.access, Schema: s.Schema,
	}
}

// WriteState keeps what is remembered of a storage.
func (s *Collection) WriteState(folder string, st State) error {
	return durable.WriteState(s.Root, stateFile(s.kind, folder), st)
}

// editNames tells the SDKs' metadata what the storage is called now. They look
// for an unnamed one in the folder that its ID says.
func (s *Collection) editNames(folder string, st State) error {
	e := MetadataEdit{Modified: st.ModifiedAt}
	if st.Named != nil && *st.Named {
		e.name = &folder
	} else {
		e.name, e.id = new(""), folder
	}
	return EditMetadata(s.Root, s.kind, folder, e)
}

// discard takes a storage out of sight; what it returns is where the rest still
// has to be removed, which takes a while and needs no lock.
func (s *Collection) discard(target *Storage) (rest []string, err error) {
	folder, err := durable.TemporaryName(s.Root)
	if err != nil {
		return nil, err
	}
	if err := s.Root.Rename(target.Path(), folder); err != nil {
		return nil, fmt.Errorf("delete %s: %w", target.Folder, err)
	}
	rest = []string{folder}
	if err := atomicfile.SyncFolder(s.Folders, "."); err != nil {
		return rest, err
	}
	return rest, errors.Join(
		atomicfile.IgnoreMissing(s.Root.Remove(durable.PrivateFolder+"/"+stateFile(s.kind, target.Folder))),
		s.contents.Deleted(s, target),
	)
}
