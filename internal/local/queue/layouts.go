package queue

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// layoutOf is how new requests of a queue are laid out: as the SDK that made the
// queue finds them.
func layoutOf(s *directory.Collection, found *directory.Storage) requestfile.Layout {
	text, err := atomicfile.ReadSmall(s.Folders, found.Folder+"/"+directory.MetadataFile)
	if err != nil {
		return requestfile.Crawlee3
	}
	return requestfile.OfMetadata(text)
}

// Before 0.21 the SDK for JavaScript kept requests in two folders, with the order
// in their names.
const (
	pendingFolder = "pending"
	handledFolder = "handled"
)

var errLegacy = wire.NewError(501, "not-implemented",
	"This request queue is as the Apify SDK for JavaScript before 0.21 left it, which can only be read: copy it to another one")

// withLegacy is what to read of a folder with these names: also what is in the
// old SDK's folders, where there is nothing else.
func withLegacy(inside *os.Root, names []string) (all []string, legacy bool, err error) {
	for _, name := range names {
		if isRequestFile(name) {
			return names, false, nil
		}
	}
	for _, name := range names {
		if name != pendingFolder && name != handledFolder {
			continue
		}
		folder, err := inside.OpenRoot(name)
		if err != nil {
			continue // no folder
		}
		files, err := readNames(folder)
		if err = errors.Join(err, folder.Close()); err != nil {
			return nil, false, err
		}
		legacy = true
		for _, file := range files {
			all = append(all, name+"/"+file)
		}
	}
	if !legacy {
		all = names
	}
	return all, legacy, nil
}

// parse reads a request's file.
func parse(name string, text []byte, modified time.Time, place func(requestindex.RequestID) int64) (requestfile.File, error) {
	f, err := requestfile.Parse(text, modified, place)
	if path.Dir(name) == handledFolder {
		f.Order = 0
	}
	return f, err
}

// sdkOrder is the order that Crawlee for Python keeps in a record of the default
// store.
type sdkOrder struct {
	state requestfile.State // while the index is brought up to date
	file  fs.FileInfo       // as it was read; nil: there was none
}

// readOrder reads the order of a queue whose requests do not have it, if it is
// another than last time, and puts the requests that are known in it.
func (q *queue) readOrder(s *directory.Collection, found *directory.Storage) error {
	name := orderFile(found)
	info, err := s.Root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		q.order = sdkOrder{}
		return nil
	}
	if err != nil {
		return err
	}
	if last := q.order.file; q.index != nil && last != nil && os.SameFile(last, info) && last.ModTime().Equal(info.ModTime()) && last.Size() == info.Size() {
		return nil
	}
	text, err := s.Root.ReadFile(name)
	if err != nil {
		return err
	}
	state, err := requestfile.ParseState(text)
	if err != nil { // the SDK is just writing it, or it is broken
		s.Log.Warn("the order of a queue is ignored", "file", name, "error", err)
	}
	q.order = sdkOrder{state, info}
	if q.index != nil {
		q.index.Follow(state, time.Now())
	}
	return nil
}

// orderFile is that record's.
func orderFile(found *directory.Storage) string {
	return directory.KeyValueStores.Folder() + "/default/" + requestfile.StateKey(found.ID)
}

// sdkChanges is what the SDK has to be told of the pending changes. Locks are
// none of its business.
func (q *openQueue) sdkChanges() (changes []requestfile.Change) {
	if q.order.file == nil {
		return nil
	}
	for _, id := range q.pending.order {
		p := q.pending.files[id]
		switch {
		case p.deleted:
			changes = append(changes, requestfile.Change{ID: id})
		case requestfile.Abs(p.file.Order) <= q.now.UnixNano():
			changes = append(changes, requestfile.Change{
				ID: id, UniqueKey: p.file.UniqueKey(), Handled: p.file.Order == 0, Forefront: p.file.Forefront(),
			})
		}
	}
	return changes
}

// maxState is how large such a record may be to be written for each change: that
// of some hundred thousand requests. What is new in a larger one comes last.
const maxState = 64 << 20

// changeOrder tells the SDK.
func (q *openQueue) changeOrder(changes []requestfile.Change) {
	if len(changes) == 0 {
		return
	}
	name := orderFile(q.storage)
	text, err := atomicfile.ReadUpTo(q.collection.Root, name, maxState)
	if err == nil {
		text, err = requestfile.ChangeState(text, changes)
	}
	if err == nil {
		err = durable.Replace(q.collection.Root, name, text)
	}
	if err != nil {
		q.collection.Log.Warn("the order of a queue was not told to its SDK", "file", name, "error", err)
	}
}

// placeIn is where a request is whose file, which has that name, does not tell.
// The mutex guards the index.
func (q *queue) placeIn(name string, mutex *sync.Mutex) func(requestindex.RequestID) int64 {
	if dir, file := path.Split(name); dir != "" {
		order, _ := requestfile.OrderOfLegacyName(file)
		return func(requestindex.RequestID) int64 { return order }
	}
	return func(id requestindex.RequestID) int64 {
		if order, known := q.order.state[id]; known {
			return order
		}
		mutex.Lock()
		defer mutex.Unlock()
		return q.index.PlaceOf(id)
	}
}
