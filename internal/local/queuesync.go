package local

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
)

// sqliteFile is what @apify/storage-local kept a queue in.
const sqliteFile = "db.sqlite"

func isRequestFile(name string) bool {
	return path.Ext(name) == itemSuffix && !strings.HasPrefix(name, ".") && name != metadataFile
}

// queueCache keeps the indexes of queues, by folder.
type queueCache struct {
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
	dir     fs.FileInfo // of the folder when it was read as a whole
	looked  time.Time   // when the files were last looked through
	took    time.Duration
	modTime time.Time // of the folder, as far as its changes are known
	stale   bool      // the folder has changed since, and was not looked through
	log     string    // the first line of the changes file
	offset  int64     // read so far
}

// changesFile holds lines: a random one, then IDs of changed requests and, with
// a colon in front, the folder's time before and after them in nanoseconds. Who
// knows the folder as of the first time knows it as of the second.
func changesFile(folder string) string {
	return privateFolder + "/" + strings.TrimSuffix(stateFile(requestQueues, folder), itemSuffix) + ".changes"
}

// maxChanges is where a new file of changes is begun: readers of the old one
// look through the folder once.
const maxChanges = 64 << 20

// cheapScan is how long looking through a folder may take to be done whenever an
// SDK has changed it; a larger one is looked through now and then.
const cheapScan = 100 * time.Millisecond

// sync brings the index up to what is on disk.
func (q *queue) sync(ctx context.Context, s *shelf, folder string) error {
	info, err := s.folders.Stat(folder)
	if err != nil {
		return err
	}
	known, err := q.readChanges(s, folder)
	if err != nil {
		return err
	}
	switch {
	case q.index == nil || !known || !os.SameFile(info, q.dir):
		q.index = nil
		err = q.scan(ctx, s, folder, info)
	case !info.ModTime().Equal(q.modTime) && (q.took < cheapScan || time.Since(q.looked) >= rescanShare*q.took):
		err = q.scan(ctx, s, folder, info)
	}
	if err != nil {
		q.index = nil
		return err
	}
	q.stale = !info.ModTime().Equal(q.modTime)
	q.index.expire(time.Now())
	return nil
}

// readChanges reads what other processes tell. It is false when the file is
// another than last time.
func (q *queue) readChanges(s *shelf, folder string) (known bool, err error) {
	file, err := s.root.Open(changesFile(folder))
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
	if string(first) != q.log || q.index == nil {
		q.log, q.offset = string(first), size
		return false, nil
	}
	text, err := io.ReadAll(io.NewSectionReader(file, q.offset, size-q.offset))
	if err != nil {
		return false, err
	}
	for {
		line, rest, whole := bytes.Cut(text, []byte{'\n'})
		if !whole {
			return true, nil
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
		if id, ok := parseRequestID(string(line)); ok {
			if err := q.refresh(s, folder, id); err != nil {
				return false, err
			}
		}
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// tell appends to the changes file. The lock must be held, and the index be up
// to date.
func (q *queue) tell(s *shelf, folder string, changed []requestID) error {
	info, err := s.folders.Stat(folder)
	if err != nil {
		return err
	}
	if q.log == "" || q.offset > maxChanges {
		q.log = rand.Text() + "\n"
		q.offset = int64(len(q.log))
		if err := replaceFile(s.root, changesFile(folder), []byte(q.log)); err != nil {
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
	if q.offset, err = appendTo(s.root, changesFile(folder), text); err != nil {
		q.index = nil
	}
	return err
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

// refresh reads one request's file.
func (q *queue) refresh(s *shelf, folder string, id requestID) error {
	name, known := q.index.file(id)
	if !known {
		name = id.file()
	}
	f, err := readRequestFile(s.folders, folder+"/"+name)
	if errors.Is(err, fs.ErrNotExist) && name != id.file() {
		name = id.file() // rewritten by another process
		f, err = readRequestFile(s.folders, folder+"/"+name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		q.index.remove(id)
		return nil
	case errors.Is(err, errNoRequest):
		return nil // an SDK is just writing it
	case err != nil:
		return err
	}
	q.index.set(&f, name, time.Now())
	return nil
}

func readRequestFile(root *os.Root, name string) (f requestFile, err error) {
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
	return parseRequestFile(text, info.ModTime())
}

// scan reads the folder: every file at first, later those that are new, newer
// than the last look, or gone.
func (q *queue) scan(ctx context.Context, s *shelf, folder string, info fs.FileInfo) (err error) {
	start := time.Now()
	inside, err := s.folders.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer closing(inside, &err)
	names, err := readNames(inside)
	if err != nil {
		return err
	}
	since := q.looked.Add(-coarseClock)
	if q.index == nil {
		q.index, since = newQueueIndex(), time.Time{}
	} else {
		q.forgetMissing(names)
	}
	var mutex sync.Mutex
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for _, name := range names {
		if groupContext.Err() != nil {
			break
		}
		if !isRequestFile(name) {
			if name == sqliteFile {
				s.log.Warn("requests in a SQLite queue are not counted", "queue", folder)
			}
			continue
		}
		group.Go(func() error {
			if !since.IsZero() {
				if found, err := inside.Lstat(name); err == nil && found.ModTime().Before(since) && q.knows(name, &mutex) {
					return nil
				}
			}
			f, err := readRequestFile(inside, name)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil // deleted just now
			case errors.Is(err, errNoRequest): // Crawlee leaves those out as well
				s.log.Warn("request file ignored: it holds no request", "queue", folder, "file", name)
				return nil
			case err != nil:
				return err
			}
			mutex.Lock()
			defer mutex.Unlock()
			if other, known := q.index.file(f.id); known && other != name && !f.wrapped {
				return nil // ours is the newer one: see store.write
			}
			q.index.set(&f, name, start)
			return nil
		})
	}
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return err
	}
	q.dir, q.modTime, q.looked, q.took = info, info.ModTime(), start, time.Since(start)
	return nil
}

func readNames(root *os.Root) (names []string, err error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	names, err = dir.Readdirnames(-1)
	return names, errors.Join(err, dir.Close())
}

// knows tells whether a file named by its ID is in the index.
func (q *queue) knows(name string, mutex *sync.Mutex) bool {
	id, ok := parseRequestID(strings.TrimSuffix(name, itemSuffix))
	if !ok {
		return false
	}
	mutex.Lock()
	defer mutex.Unlock()
	_, known := q.index.byID[id]
	return known
}

func (q *queue) forgetMissing(names []string) {
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
	}
	for id := range q.index.byID {
		if name, _ := q.index.file(id); !there[name] {
			q.index.remove(id)
		}
	}
}
