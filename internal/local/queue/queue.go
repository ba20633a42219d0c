// Package queue keeps request queues: a folder each, with a file for every request
// as the SDK that made the queue lays it out (internal/requestfile).
//
// The files are all that counts. In memory there is an index of a queue (index.go):
// the order, the state and the change time of each request, some 100 bytes. A folder that somebody else has changed is looked through, and the
// files that are others by now are read (sync.go, scan.go). The index of a large
// queue is saved in .apifyctl (saved.go); who deletes that loses a minute.
//
// A request that is sent goes to a temporary file, and that to the disk, before the
// queue's lock is taken (draft.go). Those who wait for the lock have their changes
// made as a group: files get their names, and the folder is synced once (change.go,
// commit.go). A request is locked in requestlocks.go: over the bytes of its file,
// without waiting for the disk (internal/requestfile/lockroom.go).
package queue

import (
	"io/fs"
	"net/http"

	"golang.org/x/sync/semaphore"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/groupcommit"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
)

// Handler answers requests about what is in request queues.
type Handler struct {
	*directory.Directory
	directory.Plain
	queues  *directory.Cache[string, *queue] // by folder
	groups  groupcommit.Groups[directory.Ref, *openQueue]
	orders  orders
	staging *semaphore.Weighted
}

// New makes the handler of a directory's request queues.
func New(d *directory.Directory) *Handler {
	return &Handler{Directory: d, queues: directory.NewCache[string, *queue](maxQueues), staging: semaphore.NewWeighted(maxStaging)}
}

// Close saves the indexes of large queues.
func (h *Handler) Close() error { return h.saveQueues() }

// Describe counts requests and says how large they are. The SDK's own counts are
// not asked: one that writes no metadata leaves an old file to go stale.
func (h *Handler) Describe(r *http.Request, s *directory.Collection, found *directory.Storage, object *directory.Object, _ bool) error {
	return h.open(r.Context(), s, found, func(q *openQueue) (err error) {
		object.QueueFacts = new(q.index.Counts())
		object.HadMultipleClients = q.hadMultipleClients()
		object.Stats.Bytes, err = q.bytes()
		return err
	})
}

// bytes is how much the requests take.
func (q *openQueue) bytes() (*int64, error) {
	places, _ := q.index.AfterByID(requestindex.RequestID{}, directory.Measured, []requestindex.State{requestindex.Ready, requestindex.Locked, requestindex.Handled})
	return directory.Estimate(q.index.Count(), func(yield func(fs.FileInfo, error) bool) {
		for _, place := range places {
			name, _ := q.index.File(place.ID)
			if !yield(q.collection.Folders.Lstat(q.storage.Folder + "/" + name)) {
				return
			}
		}
	})
}

// Moving takes the saved index along.
func (h *Handler) Moving(s *directory.Collection, queue *directory.Storage, to string) error {
	return atomicfile.IgnoreMissing(s.Root.Rename(savedFile(queue.Folder), savedFile(to)))
}

// Deleted removes the saved index.
func (h *Handler) Deleted(s *directory.Collection, queue *directory.Storage) error {
	return atomicfile.IgnoreMissing(s.Root.Remove(savedFile(queue.Folder)))
}

// Forget drops what is known of queues' folders.
func (h *Handler) Forget() { h.queues.Clear() }
