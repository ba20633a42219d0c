package dataset

import (
	"context"
	"errors"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// pushItems answers POST of a dataset's items: all of them are stored, or none.
func (h *Handler) pushItems(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	if !ref.Run {
		if err := h.Exists(ref); err != nil {
			return err
		}
	}
	items, err := readItems(w, r)
	if err != nil {
		return err
	}
	if err := h.checkItems(ref, items); err != nil {
		return err
	}
	id, err := h.push(r.Context(), ref, items)
	if err != nil {
		return err
	}
	directory.Tally(w, int64(len(items)))
	w.Header().Set("Location", directory.ObjectURL(r, directory.Datasets, id)+"/items")
	wire.WriteJSON(w, http.StatusCreated, struct{}{})
	return nil
}

// push stores items in a dataset. Once they get their numbers, the end of ctx
// does not stop it any more.
func (h *Handler) push(ctx context.Context, ref directory.Ref, items [][]byte) (id string, err error) {
	leave, err := h.Enter()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, leave()) }()
	staged, err := h.stage(items)
	if err != nil {
		return "", err
	}
	// What stays is removed by whoever enters next.
	defer func() { _ = h.RemoveAll(staged) }()
	err = h.Change(ctx, ref, func(c *directory.Collection, found *directory.Storage) error {
		id = found.ID
		return h.place(c, found, staged, len(items))
	})
	return id, err
}

// stage writes the items to a temporary folder, named 0, 1 and so on, so that
// they appear in the dataset complete, and without the lock being held for long.
func (h *Handler) stage(items [][]byte) (folder string, err error) {
	root, err := h.Root()
	if err != nil {
		return "", err
	}
	defer directory.Closing(root, &err)
	staging, folder, err := durable.MakeStaging(root)
	if err != nil {
		return "", err
	}
	changes := make([]*durable.Change, len(items))
	for i, item := range items {
		text, textErr := itemText(item)
		changes[i], err = &durable.Change{Text: text}, errors.Join(err, textErr)
	}
	if err == nil {
		err = staging.Stage(changes)
	}
	if err == nil && len(items) > 1 { // undoing a push needs them after a power cut as well
		err = atomicfile.SyncFolder(root, folder)
	}
	if err := errors.Join(err, staging.Close()); err != nil {
		return "", errors.Join(err, root.RemoveAll(folder))
	}
	return folder, nil
}
