package records

import (
	"context"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// Handler answers requests about what is in key-value stores.
type Handler struct {
	*directory.Directory
	records recordIndexes
}

// New makes the handler of a directory's key-value stores.
func New(d *directory.Directory) *Handler { return &Handler{Directory: d} }

// Routes are the endpoints below a key-value store's URL.
func (h *Handler) Routes() directory.Routes {
	return directory.Routes{
		"/keys":          {"GET": h.listKeys},
		"/records":       {"GET": h.zipRecords},
		"/records/{key}": {"GET": h.getRecord, "PUT": h.putRecord, "POST": h.putRecord, "DELETE": h.deleteRecord},
	}
}

// Describe says where keys and records are.
func (h *Handler) Describe(_ *http.Request, _ *directory.Collection, _ *directory.Storage, object *directory.Object, _ bool) error {
	object.StoreFacts = &directory.StoreFacts{KeysPublicURL: object.ConsoleURL + "/keys", RecordsPublicURL: object.ConsoleURL + "/records"}
	return nil
}

// CheckSchema takes any schema.
func (h *Handler) CheckSchema([]byte) error { return nil }

// Interrupted is false: a change is there or is not.
func (h *Handler) Interrupted(*directory.Collection, string) bool { return false }

// Repair has nothing to do: a record is there or is not.
func (h *Handler) Repair(context.Context, *directory.Collection, string) error { return nil }

// Moving has nothing to take along: what is kept beside a store goes by its ID.
func (h *Handler) Moving(*directory.Collection, *directory.Storage, string) error { return nil }

// Deleted removes what the store's folder had no place for.
func (h *Handler) Deleted(s *directory.Collection, store *directory.Storage) error {
	return s.Root.RemoveAll(hiddenFolder(store.ID))
}

// Forget drops what is known of stores' folders.
func (h *Handler) Forget() { h.records.clear() }
