package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"time"
)

// openQueue is a queue during one request to it, with its index up to date.
type openQueue struct {
	*queue
	shelf   *shelf
	storage *storage
	now     time.Time
	changed []requestID
	staged  string // names of temporary files begin so; "" before the first
	written int
}

// readQueue runs do on a queue without changing anything.
func (h *Handler) readQueue(ctx context.Context, ref reference, do func(*openQueue) error) error {
	return h.read(requestQueues, func(s *shelf) error {
		found, err := h.find(s, ref)
		if err != nil {
			return err
		}
		return h.withQueue(ctx, s, found, do)
	})
}

// changeQueue runs do on a queue with the lock held. What do has changed is
// told to other processes also when it fails.
func (h *Handler) changeQueue(ctx context.Context, ref reference, clientKey string, do func(*openQueue) error) error {
	if !ref.run {
		if err := h.exists(ref); err != nil {
			return err
		}
	}
	return h.change(ctx, ref, func(s *shelf, found *storage) error {
		if err := s.noteClient(found, clientKey); err != nil {
			return err
		}
		return h.withQueue(ctx, s, found, func(q *openQueue) error {
			err := do(q)
			if len(q.changed) == 0 {
				return err
			}
			return errors.Join(err,
				q.tell(s, found.folder, q.changed),
				editMetadata(s.root, requestQueues, found.folder, edit{modified: q.now}))
		})
	})
}

func (h *Handler) withQueue(ctx context.Context, s *shelf, found *storage, do func(*openQueue) error) error {
	switch _, err := s.folders.Lstat(found.folder + "/" + sqliteFile); {
	case err == nil:
		return &apiError{501, "not-implemented", "This request queue is a SQLite database of @apify/storage-local, which cannot be read here"}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	q := &openQueue{queue: h.queues.of(found.folder), shelf: s, storage: found}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if err := q.sync(ctx, s, found.folder); err != nil {
		return fmt.Errorf("read request queue %s: %w", found.folder, err)
	}
	q.now = time.Now()
	return do(q)
}

// countRequests counts a queue's requests. The SDK's own counts are not asked:
// one that writes no metadata leaves an old file to go stale.
func (h *Handler) countRequests(ctx context.Context, s *shelf, found *storage) (*queueFacts, error) {
	q := h.queues.of(found.folder)
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if err := q.sync(ctx, s, found.folder); err != nil {
		return nil, err
	}
	counts := q.index.counts()
	counts.HadMultipleClients = s.hadMultipleClients(found)
	return &counts, nil
}

// load reads a request as it is now: an SDK may have changed it since the index
// was made. It is false where there is none.
func (q *openQueue) load(id requestID) (f requestFile, known bool, err error) {
	name, known := q.index.file(id)
	if !known {
		return f, false, nil
	}
	f, err = readRequestFile(q.shelf.folders, q.storage.folder+"/"+name)
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

// must is load for a request that has to be there.
func (q *openQueue) must(id requestID) (requestFile, error) {
	f, known, err := q.load(id)
	if err == nil && !known {
		err = errNoSuchRequest
	}
	return f, err
}

var errNoSuchRequest = &apiError{404, "record-not-found", "Request was not found"}

// write stores a request that is in the queue already.
func (q *openQueue) write(id requestID, request []byte, order int64, holder string) error {
	old, known := q.index.file(id)
	temporary, f, err := q.stage(id, request, order, holder)
	if err != nil {
		return err
	}
	if err := q.shelf.root.Rename(temporary, q.path(id.file())); err != nil {
		return errors.Join(err, q.shelf.root.Remove(temporary))
	}
	q.index.set(&f, id.file(), q.now)
	q.changed = append(q.changed, id)
	if known && old != id.file() {
		// Killed before this, the new file is the one that counts.
		return ignoreMissing(q.shelf.root.Remove(q.path(old)))
	}
	return nil
}

// add stores a request that is not in the index. It is false when a file of it
// was there after all, which is left as it is and noted.
func (q *openQueue) add(id requestID, request []byte, order int64) (bool, error) {
	temporary, f, err := q.stage(id, request, order, "")
	if err != nil {
		return false, err
	}
	err = put(q.shelf.root, temporary, q.path(id.file()))
	if err := errors.Join(ignoreExisting(err), q.shelf.root.Remove(temporary)); err != nil {
		return false, err
	}
	if err != nil {
		return false, q.refresh(q.shelf, q.storage.folder, id)
	}
	q.index.set(&f, id.file(), q.now)
	q.changed = append(q.changed, id)
	return true, nil
}

func ignoreExisting(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// stage writes a request to a temporary file.
func (q *openQueue) stage(id requestID, request []byte, order int64, holder string) (string, requestFile, error) {
	f := requestFile{id: id, order: order, holder: holder}
	text, err := requestFileText(id, request, order, holder)
	if err != nil {
		return "", f, err
	}
	if q.staged == "" {
		if q.staged, err = temporaryName(q.shelf.root); err != nil {
			return "", f, err
		}
	}
	q.written++
	temporary := q.staged + "-" + strconv.Itoa(q.written)
	if err := q.shelf.root.WriteFile(temporary, text, 0o666); err != nil {
		return "", f, errors.Join(err, ignoreMissing(q.shelf.root.Remove(temporary)))
	}
	return temporary, f, nil
}

func (q *openQueue) path(file string) string { return q.storage.path() + "/" + file }

// discard deletes a request; false where there is none.
func (q *openQueue) discard(id requestID) (bool, error) {
	name, known := q.index.file(id)
	if !known {
		return false, nil
	}
	if err := ignoreMissing(q.shelf.root.Remove(q.path(name))); err != nil {
		return false, err
	}
	q.index.remove(id)
	q.changed = append(q.changed, id)
	return true, nil
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
	state := stateFile(requestQueues, folder)
	return state[:len(state)-len(itemSuffix)] + ".clients.json"
}

func (s *shelf) clients(found *storage) clients {
	var c clients
	if s.private != nil {
		if err := readSmallJSON(s.private, clientsFile(found.folder), &c); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.log.Warn("file ignored", "file", clientsFile(found.folder), "error", err)
		}
	}
	return c
}

func (s *shelf) hadMultipleClients(found *storage) bool {
	return found.shared || s.clients(found).HadMultipleClients
}

func (s *shelf) noteClient(found *storage, clientKey string) error {
	if clientKey == "" {
		return nil
	}
	c := s.clients(found)
	if c.HadMultipleClients || c.ClientKey == clientKey {
		return nil
	}
	if c.ClientKey == "" {
		c.ClientKey = clientKey
	} else {
		c.HadMultipleClients = true
	}
	return writeJSONFile(s.root, clientsFile(found.folder), c)
}

// checkedRequest reads a request that a client sent: an object with a URL and a
// unique key, and an ID that follows from it or none.
func checkedRequest(text []byte) (id requestID, request []byte, facts requestFacts, err error) {
	if err := json.Unmarshal(text, &facts); err != nil {
		return id, nil, facts, &apiError{400, "invalid-request", "The request is not valid: " + err.Error()}
	}
	if facts.URL == "" || facts.UniqueKey == "" {
		return id, nil, facts, &apiError{400, "invalid-request", "A request must have a url and a uniqueKey"}
	}
	id = requestIDOf(facts.UniqueKey)
	if facts.ID != "" && facts.ID != id.String() {
		return id, nil, facts, &apiError{400, "request-id-invalid", "The request ID does not match the unique key"}
	}
	request, err = requestWithID(text, id)
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
func (q *openQueue) lockedUntil(f requestFile) (time.Time, bool) {
	until := time.UnixMicro(abs(f.order))
	return until, f.order != 0 && until.After(q.now)
}
