package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// openQueue is a queue during a group of changes to it, or during one look, with
// its index up to date.
type openQueue struct {
	*queue
	shelf    *directory.Collection
	storage  *directory.Storage
	files    *os.Root                       // the queue's folder
	folder   *durable.Folder                // the same
	fetched  map[requestID]requestfile.File // read before they are asked for
	locks    int                            // how many requests the group has locked at the head
	identity directory.FolderIdentity
	now      time.Time
	pending  pendingFiles
}

// readQueue runs do on a queue without changing anything.
func (h *Handler) readQueue(ctx context.Context, ref directory.Ref, do func(*openQueue) error) error {
	return h.Read(directory.RequestQueues, func(s *directory.Collection) error {
		found, err := h.Find(s, ref)
		if err != nil {
			return err
		}
		return h.withQueue(s, found, func(q *openQueue) error { return q.during(ctx, do) })
	})
}

// during runs do with the index up to date.
func (q *openQueue) during(ctx context.Context, do func(*openQueue) error) error {
	if err := q.sync(ctx, q.shelf, q.storage, q.files); err != nil {
		return fmt.Errorf("read request queue %s: %w", q.storage.Folder, err)
	}
	q.now = time.Now()
	return do(q)
}

func (h *Handler) withQueue(s *directory.Collection, found *directory.Storage, do func(*openQueue) error) (err error) {
	switch _, err := s.Folders.Lstat(found.Folder + "/" + sqliteFile); {
	case err == nil:
		return wire.NewError(400, "not-offered-locally", "This request queue is a SQLite database of @apify/storage-local, which cannot be read here")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	files, err := s.Folders.OpenRoot(found.Folder)
	if err != nil {
		return err
	}
	defer directory.Closing(files, &err)
	info, err := files.Stat(".")
	if err != nil {
		return err
	}
	folder, err := durable.OpenFolder(files, ".")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	q := &openQueue{
		queue: h.queues.of(found.Folder), shelf: s, storage: found, identity: directory.IdentityOf(found, info),
		files: files, folder: folder,
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return do(q)
}

// countRequests counts a queue's requests. The SDK's own counts are not asked:
// one that writes no metadata leaves an old file to go stale.
func (h *Handler) countRequests(ctx context.Context, s *directory.Collection, found *directory.Storage) (counts *directory.QueueFacts, err error) {
	files, err := s.Folders.OpenRoot(found.Folder)
	if err != nil {
		return nil, err
	}
	defer directory.Closing(files, &err)
	q := h.queues.of(found.Folder)
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if err := q.sync(ctx, s, found, files); err != nil {
		return nil, err
	}
	known := q.index.counts()
	known.HadMultipleClients = hadMultipleClients(s, found)
	return &known, nil
}

// load reads a request as it is now: an SDK may have changed it since the index
// was made. It is false where there is none.
func (q *openQueue) load(id requestID) (f requestfile.File, known bool, err error) {
	if p := q.pending.files[id]; p != nil {
		return p.file, !p.deleted, nil
	}
	name, known := q.index.file(id)
	if !known {
		return f, false, nil
	}
	f, ready := q.fetched[id]
	if ready {
		delete(q.fetched, id)
	} else {
		f, err = q.read(name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		q.index.remove(id)
		return f, false, nil
	case err != nil:
		return f, false, fmt.Errorf("request %s: %w", id, err)
	}
	q.index.set(&f, name, q.now)
	return f, true, nil
}

// fetch reads requests that will be loaded next, all at once: in a large queue
// most files have to come from the disk first. What cannot be read, load says.
func (q *openQueue) fetch(ids []requestID) {
	var group errgroup.Group
	group.SetLimit(fetchers)
	files := make([]requestfile.File, len(ids))
	for i, id := range ids {
		name, known := q.index.file(id)
		if !known || q.pending.files[id] != nil {
			continue
		}
		group.Go(func() (err error) {
			files[i], err = q.read(name)
			return err
		})
	}
	_ = group.Wait()
	q.fetched = make(map[requestID]requestfile.File, len(ids))
	for i, f := range files {
		if f.ID == ids[i] {
			q.fetched[f.ID] = f
		}
	}
}

// fetchers is how many files are waited for at once.
const fetchers = 8

func (q *openQueue) read(name string) (requestfile.File, error) {
	if text, modified, ok := q.folder.Read(name); ok {
		return parse(name, text, modified, q.index.placeOf)
	}
	return readRequestFile(q.files, name, q.index.placeOf)
}

// must is load for a request that has to be there.
func (q *openQueue) must(id requestID) (requestfile.File, error) {
	f, known, err := q.load(id)
	if err == nil && !known {
		err = errNoSuchRequest
	}
	return f, err
}

var errNoSuchRequest = wire.NewError(404, "record-not-found", "Request was not found")

// write stores a request that is in the queue already, in the file f.
func (q *openQueue) write(f *requestfile.File, request []byte, order int64, holder string) error {
	text, err := requestfile.Encode(f.Layout, request, order, holder)
	if err != nil {
		return err
	}
	name, _ := q.index.file(f.ID)
	return q.store(requestfile.File{ID: f.ID, Layout: f.Layout, Text: text, Order: order, Holder: holder}, name, false)
}

// reorder gives a request that was just loaded another place in the queue.
func (q *openQueue) reorder(f *requestfile.File, order int64, holder string) error {
	if text, ok := f.Reordered(order, holder); ok {
		name, _ := q.index.file(f.ID)
		return q.store(requestfile.File{ID: f.ID, Layout: f.Layout, Text: text, Order: order, Holder: holder}, name, false)
	}
	request, err := f.Request()
	if err != nil {
		return err
	}
	return q.write(f, request, order, holder)
}

// add stores a request that is not in the index. It is false when a file of it
// is there after all, which is left as it is and noted.
func (q *openQueue) add(id requestID, request []byte, facts requestFacts, order int64) (bool, error) {
	if q.stale && q.pending.files[id] == nil {
		switch err := q.refresh(q.files, id, &sync.Mutex{}); {
		case err != nil:
			return false, err
		case q.index.state(id) != entryFree:
			return false, nil
		}
	}
	text, err := requestfile.Encode(q.layout, request, order, "")
	if err != nil {
		return true, err
	}
	f := requestfile.File{ID: id, Layout: q.layout, Text: text, Order: order}
	return true, q.store(f, requestfile.Name(q.layout, facts.UniqueKey), true)
}

func (q *openQueue) store(f requestfile.File, name string, fresh bool) error {
	if len(q.pending.order) >= maxPending {
		if err := q.finish(); err != nil {
			return err
		}
	}
	p := q.pending.of(f.ID)
	if p.name == "" {
		p.fresh, p.name = fresh, name
	}
	p.file, p.deleted = f, false
	q.index.set(&p.file, p.name, q.now)
	return nil
}

// discard deletes a request; false where there is none.
func (q *openQueue) discard(id requestID) bool {
	name, known := q.index.file(id)
	if !known {
		return false
	}
	p := q.pending.of(id)
	if p.name == "" {
		p.name = name
	}
	p.deleted = true
	q.index.remove(id)
	return true
}

// clients is a file beside the storages that tells whether several clients have
// changed a queue. Clients that give no key are not told apart: counting each
// of their requests as another client's, as the platform does, would make every
// look from a command line one more.
type clients struct {
	ClientKey          string `json:"clientKey"`
	HadMultipleClients bool   `json:"hadMultipleClients"`
}

func clientsFile(folder string) string {
	return directory.BesideFile(directory.RequestQueues, folder, ".clients.json")
}

func readClients(s *directory.Collection, found *directory.Storage) clients {
	var c clients
	if s.Private != nil {
		if err := durable.ReadState(s.Root, clientsFile(found.Folder), &c); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.Log.Warn("file ignored", "file", clientsFile(found.Folder), "error", err)
		}
	}
	return c
}

func hadMultipleClients(s *directory.Collection, found *directory.Storage) bool {
	return found.Shared || readClients(s, found).HadMultipleClients
}

func noteClient(s *directory.Collection, found *directory.Storage, clientKey string) error {
	if clientKey == "" {
		return nil
	}
	c := readClients(s, found)
	if c.HadMultipleClients || c.ClientKey == clientKey {
		return nil
	}
	if c.ClientKey == "" {
		c.ClientKey = clientKey
	} else {
		c.HadMultipleClients = true
	}
	return durable.WriteState(s.Root, clientsFile(found.Folder), c)
}

// checkedRequest reads a request that a client sent: an object with a URL and a
// unique key, and an ID that follows from it or none.
func checkedRequest(text []byte) (id requestID, request []byte, facts requestFacts, err error) {
	if err := json.Unmarshal(text, &facts); err != nil {
		return id, nil, facts, wire.NewError(400, "invalid-request", "The request is not valid: "+err.Error())
	}
	if facts.URL == "" || facts.UniqueKey == "" {
		return id, nil, facts, wire.NewError(400, "invalid-request", "A request must have a url and a uniqueKey")
	}
	id = requestfile.IDOf(facts.UniqueKey)
	if facts.ID != "" && facts.ID != id.String() {
		return id, nil, facts, wire.NewError(400, "request-id-invalid", "The request ID does not match the unique key")
	}
	request, err = requestfile.WithID(text, id)
	return id, request, facts, err
}

// order is where a request that a client sent goes.
func (q *openQueue) order(facts requestFacts, forefront bool) int64 {
	switch order := q.index.nextOrder(q.now); {
	case facts.HandledAt != nil:
		return 0
	case forefront:
		return -order
	default:
		return order
	}
}

// lockedUntil is the end of a request's lock; false when it is not locked.
func (q *openQueue) lockedUntil(f requestfile.File) (time.Time, bool) {
	until := time.Unix(0, requestfile.Abs(f.Order))
	return until, f.Order != 0 && until.After(q.now)
}
