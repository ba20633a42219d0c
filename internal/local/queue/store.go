package queue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// openQueue is a queue during a group of changes to it, or during one look, with
// its index up to date.
type openQueue struct {
	*queue
	collection *directory.Collection
	storage    *directory.Storage
	folder     *atomicfile.Folder                     // the queue's
	fetched    map[requestindex.RequestID]fetchedFile // read before they are asked for
	now        time.Time
	pending    pendingFiles
	noted      bool // a client that was not known
}

type fetchedFile struct {
	requestfile.File
	times atomicfile.Times
}

// readQueue runs do on a queue without changing anything.
func (h *Handler) readQueue(ctx context.Context, ref directory.Ref, do func(*openQueue) error) error {
	return h.ReadOne(ctx, ref, func(s *directory.Collection, found *directory.Storage) error {
		return h.withQueue(ctx, s, found, do)
	})
}

// withQueue runs do on a queue with its index up to date.
func (h *Handler) withQueue(ctx context.Context, s *directory.Collection, found *directory.Storage, do func(*openQueue) error) (err error) {
	switch _, err := s.Folders.Lstat(found.Folder + "/" + sqliteFile); {
	case err == nil:
		return wire.NewError(400, "not-offered-locally", "This request queue is a SQLite database of @apify/storage-local, which cannot be read here")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return h.open(ctx, s, found, do)
}

func (h *Handler) open(ctx context.Context, s *directory.Collection, found *directory.Storage, do func(*openQueue) error) (err error) {
	folder, err := atomicfile.OpenFolder(s.Root, found.Path())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	q := &openQueue{queue: h.queues.Of(found.Folder, newQueue), collection: s, storage: found, folder: folder}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if err := q.sync(ctx, s, found, folder); err != nil {
		return fmt.Errorf("read request queue %s: %w", found.Folder, err)
	}
	q.now = time.Now()
	return do(q)
}

// load reads a request as it is now: an SDK may have changed it since the index
// was made. It is false where there is none.
func (q *openQueue) load(id requestindex.RequestID) (f requestfile.File, known bool, err error) {
	if p := q.pending.files[id]; p != nil {
		return p.file, !p.deleted, nil
	}
	name, known := q.index.File(id)
	if !known {
		return f, false, nil
	}
	read, ready := q.fetched[id]
	if ready {
		delete(q.fetched, id)
	} else {
		read, err = q.read(name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		q.index.Remove(id)
		return f, false, nil
	case err != nil:
		return f, false, fmt.Errorf("request %s: %w", id, err)
	}
	q.set(&read.File, name, stampOf(read.times, q.now), q.now)
	return read.File, true, nil
}

// fetch reads requests that will be loaded next, all at once: in a large queue
// most files have to come from the disk first. What cannot be read, load says.
func (q *openQueue) fetch(ids []requestindex.RequestID) {
	var group errgroup.Group
	group.SetLimit(fetchers)
	files := make([]fetchedFile, len(ids))
	for i, id := range ids {
		name, known := q.index.File(id)
		if !known || q.pending.files[id] != nil {
			continue
		}
		group.Go(func() (err error) {
			files[i], err = q.read(name)
			return err
		})
	}
	_ = group.Wait()
	q.fetched = make(map[requestindex.RequestID]fetchedFile, len(ids))
	for i, f := range files {
		if f.ID == ids[i] {
			q.fetched[f.ID] = f
		}
	}
}

func (q *openQueue) read(name string) (fetchedFile, error) {
	f, times, err := readRequestFile(q.folder, name, q.index.PlaceOf)
	return fetchedFile{f, times}, err
}

// must is load for a request that has to be there.
func (q *openQueue) must(id requestindex.RequestID) (requestfile.File, error) {
	f, known, err := q.load(id)
	if err == nil && !known {
		err = errNoSuchRequest
	}
	return f, err
}

var errNoSuchRequest = wire.NewError(404, "record-not-found", "Request was not found")

// write stores a request that is in the queue already, in the file f.
func (q *openQueue) write(f *requestfile.File, request []byte, order int64, holder string) error {
	text, err := encode(f.Layout, request, order, holder)
	if err != nil {
		return err
	}
	name, _ := q.index.File(f.ID)
	_, err = q.store(requestfile.File{ID: f.ID, Layout: f.Layout, Text: text, Order: order, Holder: holder}, name, false)
	return err
}

// encode is a new file of a request, with room for a lock while it waits.
func encode(layout requestfile.Layout, request []byte, order int64, holder string) ([]byte, error) {
	text, err := requestfile.Encode(layout, request, order, holder)
	if err == nil && order != 0 {
		text = requestfile.WithRoom(text)
	}
	return text, err
}

// reorder gives a request that was just loaded another place in the queue: in its
// file where there is room for that, else in a new one.
func (q *openQueue) reorder(f *requestfile.File, order int64, holder string) error {
	moved := requestfile.File{ID: f.ID, Layout: f.Layout, Order: order, Holder: holder}
	name, _ := q.index.File(f.ID)
	text, inPlace := f.Relocked(order, holder)
	if !inPlace {
		var ok bool
		if text, ok = f.Reordered(order, holder); !ok {
			request, err := f.Request()
			if err != nil {
				return err
			}
			return q.write(f, request, order, holder)
		}
		text = requestfile.WithRoom(text)
	}
	moved.Text = text
	over := f.Text
	if p := q.pending.files[f.ID]; p != nil {
		over = p.over // what the disk has
	}
	p, err := q.store(moved, name, false)
	if err == nil && inPlace {
		p.over = over
	}
	return err
}

// add stores a request that is not in the index. It is false when a file of it
// is there after all, which is left as it is and noted.
func (q *openQueue) add(d *draft) (bool, error) {
	name := requestfile.Name(q.layout, d.facts.UniqueKey)
	if q.warned[name] { // else it would be taken for that of an SDK, which was quicker
		if _, _, err := readRequestFile(q.folder, name, q.index.PlaceOf); isNoRequest(err) {
			return false, wire.NewError(http.StatusConflict, "invalid-request",
				fmt.Sprintf("The request %s cannot be stored: %s is in the queue's folder, and holds no request: %v", d.id, name, err))
		}
	}
	if q.stale && q.pending.files[d.id] == nil {
		switch err := q.refresh(q.folder, d.id, &sync.Mutex{}); {
		case err != nil:
			return false, err
		case q.index.State(d.id) != requestindex.Free:
			return false, nil
		}
	}
	return true, q.storeDraft(d, q.layout, name, true)
}

// storeDraft stores a request as it was sent, in its staged file if there is one
// in the layout.
func (q *openQueue) storeDraft(d *draft, layout requestfile.Layout, name string, fresh bool) error {
	text, staged := d.text, d.staged != "" && d.layout == layout
	if !staged {
		var err error
		if text, err = encode(layout, d.request, d.order, ""); err != nil {
			return err
		}
	}
	p, err := q.store(requestfile.File{ID: d.id, Layout: layout, Text: text, Order: d.order}, name, fresh)
	if err == nil && staged {
		p.draft = d
	}
	return err
}

// store notes a file for the end of the group.
func (q *openQueue) store(f requestfile.File, name string, fresh bool) (*pendingFile, error) {
	if len(q.pending.order) >= maxPending {
		if err := q.finish(); err != nil {
			return nil, err
		}
	}
	p := q.pending.of(f.ID)
	if p.name == "" {
		p.fresh, p.name = fresh, name
	}
	p.file, p.deleted, p.over, p.draft = f, false, nil, nil
	q.set(&p.file, p.name, 0, q.now)
	return p, nil
}

// discard deletes a request; false where there is none.
func (q *openQueue) discard(id requestindex.RequestID) bool {
	name, known := q.index.File(id)
	if !known {
		return false
	}
	p := q.pending.of(id)
	if p.name == "" {
		p.name = name
	}
	p.deleted = true
	q.index.Remove(id)
	return true
}

// lockedUntil is the end of a request's lock; false when it is not locked.
func (q *openQueue) lockedUntil(f requestfile.File) (time.Time, bool) {
	until := time.Unix(0, requestfile.Abs(f.Order))
	return until, f.Order != 0 && until.After(q.now)
}
