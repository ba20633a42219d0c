// Package records keeps key-value stores in a storage directory.
//
// A store is a folder in the layout of the SDK that made it (names.go): a file
// for each record, called by its key and, in JavaScript's layout, an ending that
// tells the media type; in Python's, with a file of metadata beside it. What has
// no place there is in .apifyctl/records/<ID of the store>: "values" holds the
// records whose keys make no file name, "types" the media types that a file's
// name does not tell (notes.go).
//
// Reading writes nothing. It looks at the folder again whenever that has changed
// (scan.go), and keeps what is there in an index (index.go).
//
// Changes that come together are carried out as a group (batch.go): contents are
// written under temporary names and brought to the disk side by side; then each
// record gets its name on disk, in batch.place and nowhere else; the folder is
// synced once, and all are answered. Nothing is replayed: whoever is killed
// leaves a record as it was or as it was to be.
package records

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// Handler answers requests about what is in key-value stores.
type Handler struct {
	*directory.Directory
	directory.Plain
	indexes *directory.Cache[string, *index] // by folder
	groups  groups
}

// New makes the handler of a directory's key-value stores.
func New(d *directory.Directory) *Handler {
	return &Handler{Directory: d, indexes: directory.NewCache[string, *index](maxStores)}
}

// Routes are the endpoints below a key-value store's URL.
func (h *Handler) Routes() directory.Routes {
	return directory.Routes{
		"/keys":          {"GET": h.listKeys},
		"/records":       {"GET": h.zipRecords},
		"/records/{key}": {"GET": h.getRecord, "PUT": h.putRecord, "POST": h.putRecord, "DELETE": h.deleteRecord},
	}
}

// Describe says where keys and records are, and how large the store is. A list does
// not fail for a store that cannot be looked into.
func (h *Handler) Describe(r *http.Request, c *directory.Collection, found *directory.Storage, object *directory.Object, alone bool) error {
	address := directory.ObjectURL(r, found.Kind, found.ID)
	object.StoreFacts = &directory.StoreFacts{KeysPublicURL: address + "/keys", RecordsPublicURL: address + "/records"}
	var err error
	if object.Stats.Bytes, err = h.bytes(c, found); err != nil && alone {
		return err
	}
	return nil
}

// bytes is how much the records take.
func (h *Handler) bytes(c *directory.Collection, found *directory.Storage) (*int64, error) {
	s := h.store(c, found)
	entries, err := s.from("", directory.Measured, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	return directory.Estimate(s.index.size.Load(), func(yield func(fs.FileInfo, error) bool) {
		for _, each := range entries {
			if !yield(s.stat(each)) {
				return
			}
		}
	})
}

// Deleted removes what the store's folder had no place for.
func (h *Handler) Deleted(c *directory.Collection, s *directory.Storage) error {
	return c.Root.RemoveAll(besideFolder(s.ID))
}

// Forget drops what is known of stores' folders.
func (h *Handler) Forget() { h.indexes.Clear() }

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
func (h *Handler) readStore(ctx context.Context, ref directory.Ref, do func(*store) error) error {
	return h.ReadOne(ctx, ref, func(c *directory.Collection, found *directory.Storage) error {
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
