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
	"io/fs"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/local/directory"
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
