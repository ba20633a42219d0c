package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// write runs do on the shelf of a kind, with the kind's lock held and after
// finishing what a killed process left half-done. It creates the directory.
func (h *Handler) write(ctx context.Context, k kind, do func(*shelf) error) (err error) {
	root, err := h.rootForWriting()
	if err != nil {
		return err
	}
	defer closing(root, &err)
	unlock, err := h.lock(ctx, root, kindLock(k))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	for _, folder := range []string{k.folder(), k.stateFolder()} {
		if err := makeFolders(root, folder); err != nil {
			return err
		}
	}
	s, err := h.openShelf(root, k)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.finishMove(); err != nil {
		return err
	}
	return do(s)
}

// alone runs do, which changes a storage's place or state, with the storage's
// lock held. The kind's lock is held already.
func (h *Handler) alone(ctx context.Context, s *shelf, target *storage, do func() error) (err error) {
	unlock, err := h.lock(ctx, s.root, storageLock(s.kind, target.folder))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := s.undoPlacing(target.folder); err != nil {
		return err
	}
	return do()
}

// change runs do on a storage with its lock held. A run's storage is made where
// it is missing. What do has done is on the disk when change returns: folders
// that it noted with syncLater are synced when the lock is free again, together
// with what others have put there.
func (h *Handler) change(ctx context.Context, ref reference, do func(*shelf, *storage) error) (err error) {
	if !ref.run {
		// What does not exist must not leave a trace on disk.
		if root, err := h.root(); errors.Is(err, fs.ErrNotExist) {
			return notFound(ref.kind)
		} else if err == nil {
			return h.changeBelow(ctx, root, ref, do)
		}
	}
	root, err := h.rootForWriting()
	if err != nil {
		return err
	}
	return h.changeBelow(ctx, root, ref, do)
}

func (h *Handler) changeBelow(ctx context.Context, root *os.Root, ref reference, do func(*shelf, *storage) error) (err error) {
	defer closing(root, &err)
	for {
		if changed, err := h.tryChange(ctx, root, ref, do); changed || err != nil {
			return err
		}
	}
}

// tryChange is false where the storage has to be looked for again.
func (h *Handler) tryChange(ctx context.Context, root *os.Root, ref reference, do func(*shelf, *storage) error) (changed bool, err error) {
	s, err := h.openShelf(root, ref.kind)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if s.moving != nil {
		return false, h.write(ctx, ref.kind, func(*shelf) error { return nil })
	}
	found, err := h.find(s, ref)
	if isNotFound(err) && ref.run {
		return false, h.write(ctx, ref.kind, func(s *shelf) error {
			_, _, err := h.created(s, ref.name, nil)
			return err
		})
	}
	if err != nil {
		return false, err
	}
	changed, err = h.changeLocked(ctx, s, found, do)
	if !changed || err != nil {
		return changed, err
	}
	for _, folder := range s.unsynced {
		err = errors.Join(err, h.syncs.sync(root, folder))
	}
	return true, err
}

func (h *Handler) changeLocked(ctx context.Context, s *shelf, found *storage, do func(*shelf, *storage) error) (changed bool, err error) {
	unlock, err := h.lock(ctx, s.root, storageLock(s.kind, found.folder))
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if s.private == nil {
		if s.private, err = openIfThere(s.root, privateFolder); err != nil {
			return false, err
		}
	}
	// It may have been renamed, or deleted, before the lock was there.
	if err := s.readMove(); err != nil || s.moving != nil {
		return false, err
	}
	if err := s.closeOpened(); err != nil {
		return false, err
	}
	now, err := s.load(found.folder)
	if err != nil || now.id != found.id {
		return false, ignoreMissing(err)
	}
	if err := s.undoPlacing(now.folder); err != nil {
		return false, err
	}
	return true, do(s, now)
}

// created makes a storage; name "" makes an unnamed one. A taken name gives the
// storage that has it, and false.
func (h *Handler) created(s *shelf, name string, schema []byte) (*storage, bool, error) {
	id := newID()
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
	st := state{ID: id, Named: new(name != ""), CreatedAt: now, ModifiedAt: now, Schema: schema}
	if err := writeJSONFile(s.root, stateFile(s.kind, folder), st); err != nil {
		return nil, false, err
	}
	fresh := true
	if err := s.folders.Mkdir(folder, 0o777); errors.Is(err, fs.ErrExist) {
		fresh = false // an SDK was quicker
	} else if err != nil {
		return nil, false, err
	}
	if err := syncFolder(s.folders, "."); err != nil {
		return nil, false, err
	}
	found, err := s.load(folder)
	return found, fresh, err
}

// change is what a PUT asks for.
type change struct {
	name   *string // nil leaves it; pointer to "" takes it away
	access string  // "" leaves it
}

// changed carries out a change on a storage. Names that are taken are refused
// before anything happens.
func (s *shelf) changed(target *storage, c change) (*storage, error) {
	st := target.remembered()
	st.ModifiedAt = time.Now()
	if c.access != "" {
		st.GeneralAccess = c.access
	}
	folder := target.folder
	if c.name != nil && (*c.name != target.name) {
		st.Named = new(*c.name != "")
		folder = *c.name
		if folder == "" {
			folder = target.id
		}
	}
	if folder == target.folder {
		if err := s.writeState(folder, st); err != nil {
			return nil, err
		}
		if err := s.editNames(folder, st); err != nil {
			return nil, err
		}
		return s.load(folder)
	}
	if err := s.checkFree(target.folder, folder); err != nil {
		return nil, err
	}
	if err := s.rename(target.folder, folder, st); err != nil {
		return nil, err
	}
	return s.load(folder)
}

// remembered is the state that keeps a storage what it is.
func (s *storage) remembered() state {
	return state{
		ID: s.id, Named: new(s.name != ""), CreatedAt: s.created,
		GeneralAccess: s.access, Schema: s.schema,
	}
}

// checkFree refuses a folder name that another folder has, in any case: the
// file system may not tell them apart.
func (s *shelf) checkFree(from, to string) error {
	names, err := s.names()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(names, func(name string) bool { return name != from && strings.EqualFold(name, to) }) {
		return errNameTaken(s.kind, to)
	}
	// A plain file, or a link that leads nowhere, is in the way as well.
	there, err := s.folders.Lstat(to)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	own, err := s.folders.Lstat(from)
	if err != nil {
		return err
	}
	if !os.SameFile(there, own) { // the same: the file system ignores case
		return errNameTaken(s.kind, to)
	}
	return nil
}

func errNameTaken(k kind, name string) error {
	return &apiError{http.StatusBadRequest, "name-not-unique", fmt.Sprintf("The name %q is already used by another %s", name, k)}
}

// rename moves a folder and its state. The note of it is written first: from
// then on, whether the folder is still in its old place says which state holds.
func (s *shelf) rename(from, to string, st state) error {
	s.moving = &move{From: from, To: to, State: st}
	if err := writeJSONFile(s.root, movingFile(s.kind), s.moving); err != nil {
		return err
	}
	// Whoever has put something there and not yet synced it does not find the
	// folder any more.
	if err := syncFolder(s.folders, from); err != nil {
		return errors.Join(err, s.finishMove())
	}
	if err := s.leaveQueue(from, to); err != nil {
		return errors.Join(err, s.finishMove())
	}
	// Renaming onto a folder that appeared just now fails, unless it is empty.
	if err := s.folders.Rename(from, to); err != nil {
		err = fmt.Errorf("rename %s to %s: %w", from, to, err)
		if errors.Is(err, fs.ErrExist) {
			err = errNameTaken(s.kind, to)
		}
		return errors.Join(err, s.finishMove())
	}
	if err := syncFolder(s.folders, "."); err != nil {
		return err
	}
	return s.finishMove()
}

// finishMove brings the state to where the folder is.
func (s *shelf) finishMove() error {
	m := s.moving
	if m == nil {
		return nil
	}
	if !s.has(m.From) && s.has(m.To) || s.renamedCase(m) {
		if err := s.writeState(m.To, m.State); err != nil {
			return err
		}
		if err := s.editNames(m.To, m.State); err != nil {
			return err
		}
		if err := s.movePacks(m); err != nil {
			return err
		}
		if err := s.leaveState(m); err != nil {
			return err
		}
	}
	s.moving = nil
	return ignoreMissing(s.root.Remove(privateFolder + "/" + movingFile(s.kind)))
}

// renamedCase reports a finished move between names that differ by case only,
// on a file system to which both are the same.
func (s *shelf) renamedCase(m *move) bool {
	if !strings.EqualFold(m.From, m.To) {
		return false
	}
	names, err := s.names()
	return err == nil && slices.Contains(names, m.To) && !slices.Contains(names, m.From)
}

// leaveState clears the state of the place that a folder left. Where the ID
// came from the folder's name, a new folder of that name must not get it: an ID
// of its own is left there for it.
func (s *shelf) leaveState(m *move) error {
	if strings.EqualFold(m.From, m.To) {
		return nil
	}
	if m.State.ID == derivedID(s.kind, m.From) || m.State.ID == m.From {
		return s.writeState(m.From, state{ID: newID()})
	}
	return ignoreMissing(s.root.Remove(privateFolder + "/" + stateFile(s.kind, m.From)))
}

func (s *shelf) writeState(folder string, st state) error {
	return writeJSONFile(s.root, stateFile(s.kind, folder), st)
}

// editNames tells the SDKs' metadata what the storage is called now. They look
// for an unnamed one in the folder that its ID says.
func (s *shelf) editNames(folder string, st state) error {
	e := edit{modified: st.ModifiedAt}
	if st.Named != nil && *st.Named {
		e.name = &folder
	} else {
		e.name, e.id = new(""), folder
	}
	return editMetadata(s.root, s.kind, folder, e)
}

// discard takes a storage out of sight; what it returns is where the rest still
// has to be removed, which takes a while and needs no lock.
func (s *shelf) discard(target *storage) (rest []string, err error) {
	folder, err := temporaryName(s.root)
	if err != nil {
		return nil, err
	}
	if err := s.root.Rename(target.path(), folder); err != nil {
		return nil, fmt.Errorf("delete %s: %w", target.folder, err)
	}
	rest = []string{folder}
	if err := syncFolder(s.folders, "."); err != nil {
		return rest, err
	}
	packs, err := s.discardPacks(target.folder)
	if err != nil {
		return rest, err
	}
	if packs != "" {
		rest = append(rest, packs)
	}
	return rest, errors.Join(
		s.root.RemoveAll(hiddenFolder(target.id)),
		ignoreMissing(s.root.Remove(privateFolder+"/"+stateFile(s.kind, target.folder))),
		s.forgetBeside(target.folder),
	)
}
