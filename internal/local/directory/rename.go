package directory

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// checkFree refuses a folder name that another folder has, in any case: the
// file system may not tell them apart.
func (s *Collection) checkFree(from, to string) error {
	names, err := s.names()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(names, func(name string) bool { return name != from && strings.EqualFold(name, to) }) {
		return errNameTaken(s.kind, to)
	}
	// A plain file, or a link that leads nowhere, is in the way as well.
	there, err := s.Folders.Lstat(to)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	own, err := s.Folders.Lstat(from)
	if err != nil {
		return err
	}
	if !os.SameFile(there, own) { // the same: the file system ignores case
		return errNameTaken(s.kind, to)
	}
	return nil
}

func errNameTaken(k Kind, name string) error {
	return wire.NewError(http.StatusBadRequest, "name-not-unique", fmt.Sprintf("The name %q is already used by another %s", name, k))
}

// rename moves a folder and its state. The note of it is written first: from
// then on, whether the folder is still in its old place says which state holds.
func (s *Collection) rename(from, to string, st State) error {
	s.moving = &move{From: from, To: to, State: st}
	if err := durable.WriteState(s.Root, movingFile(s.kind), s.moving); err != nil {
		return err
	}
	// Whoever has put something there and not yet synced it does not find the
	// folder any more.
	if err := atomicfile.SyncFolder(s.Folders, from); err != nil {
		return errors.Join(err, s.finishMove())
	}
	// Renaming onto a folder that appeared just now fails, unless it is empty.
	if err := s.Folders.Rename(from, to); err != nil {
		err = fmt.Errorf("rename %s to %s: %w", from, to, err)
		if errors.Is(err, fs.ErrExist) {
			err = errNameTaken(s.kind, to)
		}
		return errors.Join(err, s.finishMove())
	}
	if err := atomicfile.SyncFolder(s.Folders, "."); err != nil {
		return err
	}
	return s.finishMove()
}

// finishMove brings the state to where the folder is.
func (s *Collection) finishMove() error {
	m := s.moving
	if m == nil {
		return nil
	}
	if !s.has(m.From) && s.has(m.To) || s.renamedCase(m) {
		if err := s.WriteState(m.To, m.State); err != nil {
			return err
		}
		if err := s.editNames(m.To, m.State); err != nil {
			return err
		}
		if err := s.leaveState(m); err != nil {
			return err
		}
	}
	s.moving = nil
	return atomicfile.IgnoreMissing(s.Root.Remove(durable.PrivateFolder + "/" + movingFile(s.kind)))
}

// renamedCase reports a finished move between names that differ by case only,
// on a file system to which both are the same.
func (s *Collection) renamedCase(m *move) bool {
	if !strings.EqualFold(m.From, m.To) {
		return false
	}
	names, err := s.names()
	return err == nil && slices.Contains(names, m.To) && !slices.Contains(names, m.From)
}

// leaveState clears the state of the place that a folder left. Where the ID
// came from the folder's name, a new folder of that name must not get it: an ID
// of its own is left there for it.
func (s *Collection) leaveState(m *move) error {
	if strings.EqualFold(m.From, m.To) {
		return nil
	}
	if m.State.ID == derivedID(s.kind, m.From) || m.State.ID == m.From {
		return s.WriteState(m.From, State{ID: newID()})
	}
	return atomicfile.IgnoreMissing(s.Root.Remove(durable.PrivateFolder + "/" + stateFile(s.kind, m.From)))
}
