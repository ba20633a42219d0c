package queue

import (
	"context"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// Handler answers requests about what is in request queues.
type Handler struct {
	*directory.Directory
	queues queueCache
}

// New makes the handler of a directory's request queues.
func New(d *directory.Directory) *Handler { return &Handler{Directory: d} }

// Close saves the indexes of large queues.
func (h *Handler) Close() error { return h.saveQueues() }

// Describe counts requests.
func (h *Handler) Describe(r *http.Request, s *directory.Collection, found *directory.Storage, object *directory.Object, _ bool) error {
	counts, err := h.countRequests(r.Context(), s, found)
	object.QueueFacts = counts
	return err
}

// CheckSchema takes any schema.
func (h *Handler) CheckSchema([]byte) error { return nil }

// Interrupted is false: a change is there or is not.
func (h *Handler) Interrupted(*directory.Collection, string) bool { return false }

// Repair has nothing to do: a request is there or is not.
func (h *Handler) Repair(context.Context, *directory.Collection, string) error { return nil }

// Moving takes along who the clients were. The index is made anew.
func (h *Handler) Moving(s *directory.Collection, queue *directory.Storage, to string) error {
	from := queue.Folder
	if err := durable.IgnoreMissing(s.Root.Rename(durable.PrivateFolder+"/"+clientsFile(from), durable.PrivateFolder+"/"+clientsFile(to))); err != nil {
		return err
	}
	return forgetBeside(s, from)
}

// Deleted removes what was kept of the queue.
func (h *Handler) Deleted(s *directory.Collection, queue *directory.Storage) error {
	return forgetBeside(s, queue.Folder)
}

// Forget drops what is known of queues' folders.
func (h *Handler) Forget() { h.queues.clear() }

// forgetBeside removes what was kept about a queue that is no longer there.
func forgetBeside(s *directory.Collection, folder string) error {
	for _, name := range []string{savedFile(folder), changesFile(folder), durable.PrivateFolder + "/" + clientsFile(folder)} {
		if err := durable.IgnoreMissing(s.Root.Remove(name)); err != nil {
			return err
		}
	}
	return nil
}
