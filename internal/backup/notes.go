package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// seen is what a list says of a storage that changes when its contents do.
type seen struct {
	ModifiedAt time.Time `json:"modifiedAt"`
	Items      int64     `json:"itemCount,omitempty"`
	Total      int64     `json:"totalRequestCount,omitempty"`
	Handled    int64     `json:"handledRequestCount,omitempty"`
	Pending    int64     `json:"pendingRequestCount,omitempty"`
}

func seenOf(facts *api.Storage) (seen, error) {
	var s seen
	err := json.Unmarshal(facts.Raw, &s)
	return s, err
}

// holds is how much the storage says that it holds; 0 for stores.
func (s seen) holds() int64 { return s.Items + s.Total }

func (s seen) same(other seen) bool {
	at := s.ModifiedAt
	s.ModifiedAt = other.ModifiedAt
	return s == other && at.Equal(other.ModifiedAt)
}

// note is what a backup keeps of a storage, a file for each. Without it the next
// backup compares all that is there.
type note struct {
	Seen     seen      `json:"seen"`              // before the contents were taken
	Began    time.Time `json:"began"`             // by this machine's clock
	Complete bool      `json:"complete"`          // all that was there then was taken
	Staged   string    `json:"staged,omitzero"`   // the storage in which the contents are taken anew
	Distrust bool      `json:"distrust,omitzero"` // a check has found what is there to be something else
}

// restored is what restores keep of an unnamed storage: what was made for it, in
// any account.
type restored struct {
	IDs []string `json:"ids"`
}

// settled is how long before a backup a storage must have been modified last for
// that time to tell whether it changes afterwards: what the API says of storages
// can be behind.
const settled = 10 * time.Minute

// unchanged tells that a storage holds what was taken.
func (n *note) unchanged(now seen) bool {
	return n != nil && n.Complete && n.Staged == "" && !now.ModifiedAt.IsZero() && n.Seen.same(now) && now.ModifiedAt.Add(settled).Before(n.Began)
}

// notes are those in a directory, below .apifyctl. No link there is followed.
type notes struct{ dir string }

const (
	folder         = ".apifyctl/backup"
	takenEnding    = ".json"
	restoredEnding = ".restored.json"
	recordsEnding  = ".records"
)

// lock keeps a second backup or restore away.
func (n notes) lock() (unlock func() error, err error) {
	var lock *atomicfile.Lock
	err = n.within(true, func(root *os.Root) (err error) {
		if err = atomicfile.MakePlain(root, folder); err != nil {
			return err
		}
		lock, err = atomicfile.OpenLock(root, folder+"/lock")
		return err
	})
	switch {
	case readOnly(err): // where nobody can write nobody is in the way
		return func() error { return nil }, nil
	case err != nil:
		return nil, err
	}
	switch locked, err := lock.Try(false); {
	case err != nil:
		return nil, errors.Join(err, lock.Close())
	case !locked:
		return nil, errors.Join(errors.New("another backup or restore is under way there"), lock.Close())
	}
	return lock.Close, nil
}

func readOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// within opens the directory, which is made where that is wanted.
func (n notes) within(create bool, do func(*os.Root) error) (err error) {
	if create {
		if err := atomicfile.MakeDirectory(n.dir); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(n.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return do(root)
}

// path is that of a file about a storage. IDs come from a server.
func path(kind transfer.Kind, id, ending string) (string, error) {
	if !api.LooksLikeID(id) {
		return "", fmt.Errorf("%q is no ID of a storage", id)
	}
	return folder + "/" + kind.Folder + "/" + id + ending, nil
}

// read is false where there is no note, or none that can be read: it is then as
// if there was none.
func (n notes) read(kind transfer.Kind, id, ending string, target any) bool {
	name, err := path(kind, id, ending)
	if err != nil {
		return false
	}
	return n.within(false, func(root *os.Root) error { return atomicfile.ReadState(root, name, target) }) == nil
}

func (n notes) write(kind transfer.Kind, id, ending string, value any) error {
	name, err := path(kind, id, ending)
	if err != nil {
		return err
	}
	text, err := atomicfile.EncodeState(value)
	if err != nil {
		return err
	}
	return n.within(true, func(root *os.Root) error {
		if err := atomicfile.MakePlain(root, folder+"/"+kind.Folder); err != nil {
			return err
		}
		// Nobody else writes here, so what a killed program has left goes with the next
		// note.
		temporary := name + ".new"
		if err := atomicfile.IgnoreMissing(root.Remove(temporary)); err != nil {
			return err
		}
		return atomicfile.Replace(root, temporary, name, 0o666, text)
	})
}

func (n notes) remove(kind transfer.Kind, id, ending string) error {
	name, err := path(kind, id, ending)
	if err != nil {
		return err
	}
	return n.within(false, func(root *os.Root) error { return atomicfile.IgnoreMissing(root.Remove(name)) })
}

// versions opens what is known of a store's records, without it where they are not
// trusted.
func (n notes) versions(kind transfer.Kind, id string, trusted bool) (v *versions, err error) {
	name, err := path(kind, id, recordsEnding)
	if err != nil {
		return nil, err
	}
	err = n.within(true, func(root *os.Root) error {
		if err := atomicfile.MakePlain(root, folder+"/"+kind.Folder); err != nil {
			return err
		}
		if !trusted {
			if err := atomicfile.IgnoreMissing(root.Remove(name)); err != nil {
				return err
			}
		}
		if err := atomicfile.Create(root, name, []byte(versionsForm)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		file, err := atomicfile.OpenRegular(root, name, os.O_RDWR)
		if err != nil {
			return err
		}
		v, err = newVersions(file)
		return err
	})
	return v, err
}

// ids are those of the storages that there are notes of.
func (n notes) ids(kind transfer.Kind) ([]string, error) {
	var ids []string
	err := n.within(false, func(root *os.Root) error {
		names, err := fs.ReadDir(root.FS(), folder+"/"+kind.Folder)
		for _, entry := range names {
			if id, ok := strings.CutSuffix(entry.Name(), takenEnding); ok && api.LooksLikeID(id) {
				ids = append(ids, id)
			}
		}
		return err
	})
	return ids, atomicfile.IgnoreMissing(err)
}

// taken is the note of a storage; nil: no backup has taken it.
func (n notes) taken(kind transfer.Kind, id string) *note {
	found := &note{}
	if !n.read(kind, id, takenEnding, found) {
		return nil
	}
	return found
}

func (n notes) keep(kind transfer.Kind, id string, taken *note) error {
	return n.write(kind, id, takenEnding, taken)
}

// trusted tells that what is in the directory need not be compared whole.
func (n *note) trusted() bool { return n != nil && !n.Distrust }

// forget removes what is known of a storage.
func (n notes) forget(kind transfer.Kind, id string) error {
	return errors.Join(n.remove(kind, id, takenEnding), n.remove(kind, id, recordsEnding))
}
