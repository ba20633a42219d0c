package queue

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// sqliteFile is what @apify/storage-local kept a queue in.
const sqliteFile = "db.sqlite"

func isRequestFile(name string) bool {
	return path.Ext(name) == requestindex.RequestSuffix && !strings.HasPrefix(name, ".") && name != directory.MetadataFile
}

// maxQueues bounds the queues that are known.
const maxQueues = 500

func newQueue() *queue { return &queue{} }

// queue is a queue's index and how far it knows the folder. That the folder's time
// is another than the last one seen means that somebody else was at work, an SDK
// or another process of ours; then the folder is looked through.
type queue struct {
	mutex   sync.Mutex
	index   *requestindex.Index // nil: nothing is known
	seen    folderState         // as of which the folder is known
	unsure  bool                // it may have changed since without its time telling
	stale   bool                // it has changed since, and was not looked through
	scanned time.Time
	took    time.Duration // to look through it
	unsaved int64         // changes that the saved index lacks
	touched time.Time     // when the times in the metadata file were set
	clients clients
	layout  requestfile.Layout // of new requests
	legacy  bool               // it is in folders of its own, and is only read
	order   sdkOrder
	warned  map[string]bool // files that were said to be ignored
}

// folderState is what a folder was at some moment. Whoever puts a file into it, or
// takes one out, gives it another time, and a folder made anew has one of its own.
type folderState struct {
	Number  uint64 `json:"number"`
	Changed int64  `json:"changed"` // nanoseconds
}

func folderStateOf(info fs.FileInfo) folderState {
	return folderState{atomicfile.FileNumber(info), atomicfile.ChangeTime(info).UnixNano()}
}

// cheapScan is how long looking through a folder may take to be done whenever
// somebody has changed it; a larger one is looked through now and then.
const cheapScan = 100 * time.Millisecond

// wholeScan is how much longer it takes to read all files of a folder than to
// look which ones have changed.
const wholeScan = 8

// sync brings the index up to what is on disk.
func (q *queue) sync(ctx context.Context, s *directory.Collection, found *directory.Storage, inside *atomicfile.Folder) error {
	start := time.Now()
	info, err := inside.Root.Stat(".")
	if err != nil {
		return err
	}
	if q.legacy {
		q.index = nil
	}
	fresh := q.index == nil
	if fresh {
		q.restore(s, found.Folder)
	}
	if err := q.readOrder(s, found); err != nil {
		return err
	}
	state, whole := folderStateOf(info), q.index == nil
	changed, due := state != q.seen, time.Since(q.scanned) >= atomicfile.RescanShare*q.took+atomicfile.ClockTick
	if whole || changed && (fresh || q.took < cheapScan || due) || q.unsure && due {
		if err := q.scan(ctx, s, found, inside); err != nil {
			q.index = nil
			return err
		}
		q.seen, q.unsure, q.scanned, q.took = state, atomicfile.Racy(info), start, time.Since(start)
		if whole {
			q.took /= wholeScan
		}
		if q.took >= cheapScan {
			q.save(s, found.Folder)
		}
		changed = false
	}
	q.stale, q.order.state = changed, nil
	q.index.Expire(time.Now())
	return nil
}

// refresh reads one request's file. The mutex guards the index.
func (q *queue) refresh(inside *atomicfile.Folder, id requestindex.RequestID, mutex *sync.Mutex) error {
	mutex.Lock()
	name, known := q.index.File(id)
	place := q.index.PlaceOf(id)
	if !known {
		name = requestindex.UsualFile(id)
		if !q.layout.Ordered() {
			q.seen = folderState{} // its name cannot be told from its ID: look through the folder
		}
	}
	mutex.Unlock()
	f, times, err := readRequestFile(inside, name, func(requestindex.RequestID) int64 { return place })
	mutex.Lock()
	defer mutex.Unlock()
	switch now := time.Now(); {
	case errors.Is(err, fs.ErrNotExist):
		q.index.Remove(id)
		return nil
	case isNoRequest(err):
		return nil // an SDK is just writing it
	case err != nil:
		return err
	default:
		q.set(&f, name, stampOf(times, now), now)
		return nil
	}
}

// maxRequestFile is far more than the largest request takes.
const maxRequestFile = 64 << 20

// readRequestFile reads a file of the queue's folder, or of one in it. Where it
// holds no request, isNoRequest is true of the error.
func readRequestFile(inside *atomicfile.Folder, name string, place func(requestindex.RequestID) int64) (f requestfile.File, times atomicfile.Times, err error) {
	dir, file := path.Split(name)
	if dir != "" {
		sub, err := atomicfile.OpenFolder(inside.Root, path.Clean(dir))
		if err != nil {
			return f, times, err
		}
		defer func() { err = errors.Join(err, sub.Close()) }()
		inside = sub
	}
	for try := 0; ; try++ {
		var text []byte
		if text, times, err = inside.ReadRegular(file, maxRequestFile); err == nil {
			f, err = parse(name, text, times.Modified, place)
		}
		if !isNoRequest(err) || try == 2 || time.Since(times.Changed) >= atomicfile.ClockTick {
			return f, times, err
		}
		time.Sleep(time.Millisecond) // SDKs write over the file: this may be half of it
	}
}

func isNoRequest(err error) bool {
	if errors.Is(err, requestfile.ErrNoRequest) || errors.Is(err, atomicfile.ErrUnreadable) {
		return true
	}
	_, irregular := errors.AsType[*atomicfile.IrregularError](err)
	return irregular
}
