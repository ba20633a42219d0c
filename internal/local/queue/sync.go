package queue

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

// sqliteFile is what @apify/storage-local kept a queue in.
const sqliteFile = "db.sqlite"

func isRequestFile(name string) bool {
	return path.Ext(name) == requestSuffix && !strings.HasPrefix(name, ".") && name != directory.MetadataFile
}

// queueCache keeps the indexes of queues, by folder.
type queueCache struct {
	lines  durable.Groups[directory.Ref, *openQueue]
	mutex  sync.Mutex
	queues map[string]*queue
}

// maxQueues bounds the cache.
const maxQueues = 500

func (c *queueCache) of(folder string) *queue {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	q := c.queues[folder]
	if q == nil {
		if c.queues == nil || len(c.queues) >= maxQueues {
			c.queues = map[string]*queue{}
		}
		q = &queue{}
		c.queues[folder] = q
	}
	return q
}

func (c *queueCache) clear() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.queues = nil
}

// queue is a queue's index and how far it knows the folder.
//
// Processes of ours tell each other what they changed in a file of IDs beside
// the storages, which is only appended to: see changesFile. That the folder's
// time is another than the last one told there means that an SDK was at work;
// then the files that are newer than the last look are read.
type queue struct {
	mutex   sync.Mutex
	index   *queueIndex
	dir     directory.FolderIdentity
	looked  time.Time // files that were changed before are known as they are
	took    time.Duration
	modTime time.Time          // of the folder, as far as its changes are known
	stale   bool               // the folder has changed since, and was not looked through
	log     string             // the first line of the changes file
	offset  int64              // read so far
	unsaved int64              // changes that the saved index lacks
	layout  requestfile.Layout // of new requests
	legacy  bool               // it is in folders of its own, and is only read
	order   sdkOrder
}

// changesFile holds lines: a random one, then IDs of changed requests and, with
// a colon in front, the folder's time before and after them in nanoseconds. Who
// knows the folder as of the first time knows it as of the second.
func changesFile(folder string) string {
	return durable.PrivateFolder + "/" + directory.BesideFile(directory.RequestQueues, folder, ".changes")
}

// maxChanges is where a new file of changes is begun: readers of the old one
// look through the folder once.
const maxChanges = 64 << 20

// cheapScan is how long looking through a folder may take to be done whenever an
// SDK has changed it; a larger one is looked through now and then.
const cheapScan = 100 * time.Millisecond

// wholeScan is how much longer it takes to read all files of a folder than to
// look which ones have changed.
const wholeScan = 8

// sync brings the index up to what is on disk.
func (q *queue) sync(ctx context.Context, s *directory.Collection, found *directory.Storage, files *os.Root) error {
	start := time.Now()
	info, err := files.Stat(".")
	if err != nil {
		return err
	}
	identity := directory.IdentityOf(found, info)
	if q.index != nil && (q.dir != identity || q.legacy) {
		q.index = nil
	}
	q.dir = identity
	fresh := q.index == nil
	if fresh {
		q.restore(s, found.Folder, identity)
	}
	known, err := q.readChanges(ctx, s, found.Folder, files)
	if err == nil && !known && !fresh {
		fresh = true
		q.restore(s, found.Folder, identity)
		known, err = q.readChanges(ctx, s, found.Folder, files)
	}
	if err != nil {
		q.index = nil
		return err
	}
	if !known {
		q.index = nil
	}
	if err := q.readOrder(s, found); err != nil {
		return err
	}
	changed := !info.ModTime().Equal(q.modTime)
	if q.index == nil || changed && (fresh || q.took < cheapScan || time.Since(q.looked) >= durable.RescanShare*q.took) {
		whole := q.index == nil
		if err := q.scan(ctx, s, found, files); err != nil {
			q.index = nil
			return err
		}
		q.dir, q.modTime, q.looked, q.took = identity, info.ModTime(), start, time.Since(start)
		if whole {
			q.took /= wholeScan
		}
		changed = false
		q.save(s, found.Folder)
	} else if !changed {
		q.looked = start
	}
	q.stale, q.order.state = changed, nil
	q.index.expire(time.Now())
	return nil
}

// readChanges reads what other processes tell. It is false when the file is
// another than last time.
func (q *queue) readChanges(ctx context.Context, s *directory.Collection, folder string, files *os.Root) (known bool, err error) {
	file, err := s.Root.Open(changesFile(folder))
	if errors.Is(err, fs.ErrNotExist) {
		known = q.log == ""
		q.log, q.offset = "", 0
		return known, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	first := make([]byte, len(rand.Text())+1)
	if _, err := io.ReadFull(file, first); err != nil {
		return false, ignoreEnd(err) // it was being begun
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return false, err
	}
	if string(first) != q.log || q.index == nil || q.offset > size {
		q.log, q.offset = string(first), size
		return false, nil
	}
	text, err := io.ReadAll(io.NewSectionReader(file, q.offset, size-q.offset))
	if err != nil {
		return false, err
	}
	changed := map[requestID]bool{}
	for {
		line, rest, whole := bytes.Cut(text, []byte{'\n'})
		if !whole {
			break
		}
		text = rest
		q.offset += int64(len(line)) + 1
		if stamp, ok := bytes.CutPrefix(line, []byte{':'}); ok {
			var before, after int64
			if n, _ := fmt.Sscanf(string(stamp), "%d %d", &before, &after); n == 2 && q.modTime.UnixNano() == before {
				q.modTime = time.Unix(0, after)
			}
			continue
		}
		if id, ok := requestfile.ParseID(string(line)); ok {
			changed[id] = true
		}
	}
	q.unsaved += int64(len(changed))
	return true, q.refreshAll(ctx, files, changed)
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// tell appends to the changes file. The lock must be held, and the index be up
// to date.
func (q *queue) tell(s *directory.Collection, found *directory.Storage, changed []requestID) error {
	info, err := s.Folders.Stat(found.Folder)
	if err != nil {
		return err
	}
	begun := q.log == "" || q.offset > maxChanges
	if begun {
		q.log = rand.Text() + "\n"
		q.offset = int64(len(q.log))
		if err := durable.Replace(s.Root, changesFile(found.Folder), []byte(q.log)); err != nil {
			q.index = nil
			return err
		}
	}
	// A killed process may have left half a line: the first line end is for it.
	text := append(make([]byte, 0, 16*(len(changed)+4)), '\n')
	for _, id := range changed {
		text = append(append(text, id[:]...), '\n')
	}
	if !q.stale {
		text = fmt.Appendf(text, ":%d %d\n", q.modTime.UnixNano(), info.ModTime().UnixNano())
		q.modTime = info.ModTime()
	}
	if q.offset, err = appendTo(s.Root, changesFile(found.Folder), text); err != nil {
		q.index = nil
		return err
	}
	q.unsaved += int64(len(changed))
	if begun || q.unsaved > saveAfter && q.unsaved > q.index.count/saveShare {
		q.save(s, found.Folder)
	}
	return nil
}

// appendTo returns the file's new length.
func appendTo(root *os.Root, name string, text []byte) (end int64, err error) {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(text); err != nil {
		return 0, err
	}
	return file.Seek(0, io.SeekEnd)
}

// refreshAll reads the files of requests.
func (q *queue) refreshAll(ctx context.Context, files *os.Root, ids map[requestID]bool) error {
	var mutex sync.Mutex
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for id := range ids {
		if groupContext.Err() != nil {
			break
		}
		group.Go(func() error { return q.refresh(files, id, &mutex) })
	}
	return errors.Join(group.Wait(), ctx.Err())
}

// refresh reads one request's file. The mutex guards the index.
func (q *queue) refresh(files *os.Root, id requestID, mutex *sync.Mutex) error {
	mutex.Lock()
	name, known := q.index.file(id)
	place := q.index.placeOf(id)
	if !known {
		name = usualFile(id)
		if !q.layout.Ordered() {
			q.modTime = time.Time{} // its name cannot be told from its ID: look through the folder
		}
	}
	mutex.Unlock()
	f, err := readRequestFile(files, name, func(requestID) int64 { return place })
	mutex.Lock()
	defer mutex.Unlock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		q.index.remove(id)
		return nil
	case errors.Is(err, requestfile.ErrNoRequest):
		return nil // an SDK is just writing it
	case err != nil:
		return err
	}
	q.index.set(&f, name, time.Now())
	return nil
}

func readRequestFile(root *os.Root, name string, place func(requestID) int64) (f requestfile.File, err error) {
	file, err := root.Open(name)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return f, err
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return f, err
	}
	return parse(name, text, info.ModTime(), place)
}
