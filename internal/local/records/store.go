package records

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// store is a key-value store, open for one request.
type store struct {
	*directory.Storage
	in    *directory.Collection
	index *index
}

func (h *Handler) store(c *directory.Collection, s *directory.Storage) *store {
	return &store{Storage: s, in: c, index: h.index(s.Folder)}
}

// readStore runs do on a store without changing anything.
func (h *Handler) readStore(ref directory.Ref, do func(*store) error) error {
	return h.Read(directory.KeyValueStores, func(c *directory.Collection) error {
		found, err := h.Find(c, ref)
		if err != nil {
			return err
		}
		return do(h.store(c, found))
	})
}

// Where a store's files are: in its own folder, or in one of two beside it. Those
// go by the store's ID, which outlives a renaming.
const (
	ownFolder    durable.Place = ""
	valuesFolder durable.Place = "values"
	typesFolder  durable.Place = "types"
)

// besideFolder is below the storage directory.
func besideFolder(id string) string { return durable.PrivateFolder + "/records/" + id }

// path is a folder of the store, below the storage directory.
func (s *store) path(p durable.Place) string {
	if p == ownFolder {
		return s.Path()
	}
	return besideFolder(s.ID) + "/" + string(p)
}

// folder opens a folder of the store until the request ends. A folder beside the
// store is nil where there is none, as there is for most.
func (s *store) folder(p durable.Place) (*os.Root, error) {
	if p == ownFolder {
		return s.in.Inside(s.Storage)
	}
	if s.in.Private == nil {
		return nil, nil
	}
	name := strings.TrimPrefix(s.path(p), durable.PrivateFolder+"/")
	if err := atomicfile.CheckPlain(s.in.Private, name); err != nil { // nothing there may lead elsewhere
		return nil, atomicfile.IgnoreMissing(err)
	}
	return s.in.OpenOnce(s.beside(p), s.in.Private, name)
}

// beside is what the collection calls an open folder of the store.
func (s *store) beside(p durable.Place) string { return "records " + s.ID + " " + string(p) }

// make creates a folder beside the store where it is missing.
func (s *store) make(p durable.Place) error {
	there, err := s.folder(p)
	if err != nil || there != nil {
		return err
	}
	s.in.Forget(s.beside(p))
	return atomicfile.MakeFolders(s.in.Root, s.path(p))
}

// stat looks a value up.
func (s *store) stat(e entry) (fs.FileInfo, error) {
	folder, err := s.folder(e.place())
	if err != nil {
		return nil, err
	}
	if folder == nil {
		return nil, fs.ErrNotExist
	}
	return folder.Lstat(e.file)
}

// open opens a value, which is a regular file or an error.
func (s *store) open(e entry) (file *os.File, info fs.FileInfo, err error) {
	folder, err := s.folder(e.place())
	if err != nil {
		return nil, nil, err
	}
	if folder == nil {
		return nil, nil, fs.ErrNotExist
	}
	file, err = atomicfile.OpenRegular(folder, e.file, os.O_RDONLY)
	if err != nil {
		return nil, nil, err
	}
	if info, err = file.Stat(); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, info, nil
}

// warn says what is left out of a store, or not as it should be.
func (s *store) warn(what string, err error) {
	s.in.Warn(fmt.Sprintf("key-value store %s: %s", s.Folder, what), err)
}
