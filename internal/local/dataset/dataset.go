// Package dataset is the items of datasets in a storage directory: one file an
// item, numbered from 1. A push is stored by push.go and place.go; what happens
// when it is killed is in transaction.go.
package dataset

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/transform"
)

// Handler answers requests about what is in datasets.
type Handler struct {
	*directory.Directory
	directory.Plain
	indexes *directory.Cache[string, *itemIndex] // by folder
}

// New makes the handler of a directory's datasets.
func New(d *directory.Directory) *Handler {
	return &Handler{Directory: d, indexes: directory.NewCache[string, *itemIndex](maxIndexes)}
}

// Routes are the endpoints below a dataset's URL.
func (h *Handler) Routes() directory.Routes {
	return directory.Routes{
		"/items":      {"GET": h.getItems, "POST": h.pushItems},
		"/statistics": {"GET": h.getStatistics},
	}
}

// Describe counts items and says how large they are together. Of a dataset that is
// asked for alone it also says, if that is not large, how many items are clean.
func (h *Handler) Describe(r *http.Request, s *directory.Collection, found *directory.Storage, object *directory.Object, alone bool) error {
	numbers, err := h.itemNumbers(s, found.Folder)
	if err != nil {
		return err
	}
	object.DatasetFacts = &directory.DatasetFacts{
		ItemCount: numbers.count(), CleanItemCount: numbers.count(), ItemsPublicURL: directory.ObjectURL(r, found.Kind, found.ID) + "/items",
		Fields: []string{},
	}
	if object.Schema == nil {
		object.Schema = json.RawMessage("null")
	}
	if object.Stats.Bytes, err = h.datasetBytes(s, found); err != nil || !alone {
		return err
	}
	object.Stats.Inflated = object.Stats.Bytes // nothing is compressed
	object.CleanItemCount, err = h.cleanItems(r.Context(), s, found.Folder)
	return err
}

// CheckSchema reads a dataset's schema.
func (h *Handler) CheckSchema(schema []byte) error {
	_, err := readSchema(schema)
	return err
}

// Interrupted tells whether a push was interrupted.
func (h *Handler) Interrupted(c *directory.Collection, folder string) bool {
	_, err := c.Root.Lstat(durable.PrivateFolder + "/" + transactionFolder(folder))
	return err == nil
}

// Repair undoes a push that was interrupted.
func (h *Handler) Repair(_ context.Context, s *directory.Collection, folder string) error {
	return undo(s, folder)
}

// Forget drops what is known of datasets' folders.
func (h *Handler) Forget() { h.indexes.Clear() }

// cleanCounted is up to how many items are looked at to tell how many of them
// are clean. They may have been edited, so that has to be done each time.
const cleanCounted = 1000

// cleanItems is how many items a reader gets with clean=1. Of more than
// cleanCounted items, and where one cannot be read, it is simply all of them.
func (h *Handler) cleanItems(ctx context.Context, s *directory.Collection, folder string) (clean int64, err error) {
	numbers, err := h.itemNumbers(s, folder)
	if err != nil {
		return 0, err
	}
	if numbers.count() > cleanCounted {
		return numbers.count(), nil
	}
	reader, err := newItemReader(s, folder, numbers, &transform.Transformation{SkipHidden: true, SkipEmpty: true, Lines: true})
	if err != nil {
		return 0, err
	}
	unreadable := reader.run(ctx, numbers.ascending(0), func(_ []byte, count int64) error {
		clean += count
		return nil
	})
	if unreadable != nil {
		clean = numbers.count()
	}
	return clean, errors.Join(context.Cause(ctx), reader.close())
}

// datasetBytes is how much the items take, as text.
func (h *Handler) datasetBytes(s *directory.Collection, found *directory.Storage) (size *int64, err error) {
	numbers, err := h.itemNumbers(s, found.Folder)
	if err != nil {
		return nil, err
	}
	folder, err := s.Folders.OpenRoot(found.Folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	count := numbers.count()
	looked := min(count, directory.Measured)
	return directory.Estimate(count, func(yield func(fs.FileInfo, error) bool) {
		for i := range looked {
			for n := range numbers.ascending(i * count / looked) {
				if !yield(folder.Lstat(numbers.name(n))) {
					return
				}
				break
			}
		}
	})
}
