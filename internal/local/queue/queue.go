package queue

import (
	"context"
	"net/http"

	"golang.org/x/sync/semaphore"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// Handler answers requests about what is in request queues.
type Handler struct {
	*directory.Directory
	queues  queueCache
	orders  orders
	staging *semaphore.Weighted
}

// New makes the handler of a directory's request queues.
func New(d *directory.Directory) *Handler {
	return &Handler{Directory: d, staging: semaphore.NewWeighted(maxStaging)}
}

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

// Moving takes the saved index along.
func (h *Handler) Moving(s *directory.Collection, queue *directory.Storage, to string) error {
	return durable.IgnoreMissing(s.Root.Rename(savedFile(queue.Folder), savedFile(to)))
}

// Deleted removes the saved index.
func (h *Handler) Deleted(s *directory.Collection, queue *directory.Storage) error {
	return durable.IgnoreMissing(s.Root.Remove(savedFile(queue.Folder)))
}

// Forget drops what is known of queues' folders.
func (h *Handler) Forget() { h.queues.clear() }
