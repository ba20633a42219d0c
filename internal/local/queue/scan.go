package queue

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// scan looks through the folder, and reads the files that are new or that have
// changed since they were read. Those that are gone leave the index.
func (q *queue) scan(ctx context.Context, s *directory.Collection, found *directory.Storage, inside *atomicfile.Folder) error {
	now := time.Now()
	names, err := readNames(inside.Root)
	if err != nil {
		return err
	}
	if names, q.legacy, err = withLegacy(inside.Root, names); err != nil {
		return err
	}
	if slices.Contains(names, sqliteFile) {
		s.Log.Warn("requests in a SQLite queue are not counted", "queue", found.Folder)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !isRequestFile(name) })
	// Nothing but its requests tells Crawlee 0.4 from 0.5.
	if layout := layoutOf(s, found); layout != requestfile.Python05 || q.layout != requestfile.Python01 {
		q.layout = layout
	}
	if q.index == nil {
		q.index = requestindex.New()
	}
	changed, err := q.changedFiles(ctx, inside.Root, names)
	if err != nil {
		return err
	}
	var mutex sync.Mutex
	return inParallel(ctx, changed, func(name string) error {
		f, times, err := readRequestFile(inside, name, q.placeIn(name, &mutex))
		mutex.Lock()
		defer mutex.Unlock()
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // deleted just now
		case isNoRequest(err): // Crawlee leaves those out as well
			q.warn(s, found, name, err)
			return nil
		case err != nil:
			return err
		}
		if other, known := q.index.File(f.ID); known && other != name && f.Layout != q.layout {
			return nil // the SDK looks for the other one
		}
		if f.Layout == requestfile.Python01 {
			q.layout = f.Layout
		}
		q.set(&f, name, stampOf(times, now), now)
		return nil
	})
}

// changedFiles is those files that the index does not have as they are. It
// forgets those that are gone.
func (q *queue) changedFiles(ctx context.Context, inside *os.Root, names []string) (changed []string, err error) {
	x := q.index
	if x.Count() == 0 {
		return names, nil
	}
	others, there := x.NamedOtherwise(), make(map[requestindex.RequestID]bool, x.Count())
	var mutex sync.Mutex
	err = inParallel(ctx, slices.Collect(slices.Chunk(names, scanChunk)), func(names []string) error {
		var some []string
		var seen []requestindex.RequestID
		for _, name := range names {
			id, last, known := x.OfFile(name, others)
			if known {
				seen = append(seen, id)
				if info, err := inside.Lstat(name); err == nil && last != 0 && atomicfile.ChangeTime(info).UnixNano() == last {
					continue
				}
			}
			some = append(some, name)
		}
		mutex.Lock()
		defer mutex.Unlock()
		changed = append(changed, some...)
		for _, id := range seen {
			there[id] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(there) == 0 {
		q.clients = clients{} // an SDK has emptied the queue: it is another one now
	}
	var gone []requestindex.RequestID
	for id := range x.All() {
		if !there[id] {
			gone = append(gone, id)
		}
	}
	for _, id := range gone {
		x.Remove(id)
	}
	return changed, nil
}

// scanChunk is how many files are looked at in one go.
const scanChunk = 256

// fetchers is how many files are waited for at once.
const fetchers = 8

func inParallel[T any](ctx context.Context, work []T, do func(T) error) error {
	group, unfailed := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, each := range work {
		if unfailed.Err() != nil {
			break
		}
		group.Go(func() error { return do(each) })
	}
	return errors.Join(group.Wait(), ctx.Err())
}

func readNames(root *os.Root) (names []string, err error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	names, err = dir.Readdirnames(-1)
	return names, errors.Join(err, dir.Close())
}

// stampOf is the change time of a file for the index. Where it is so short ago
// that another change might have the same time, it is 0: the file is read again.
func stampOf(times atomicfile.Times, now time.Time) int64 {
	if now.Sub(times.Changed) < atomicfile.TickOf(times.Changed) {
		return 0
	}
	return times.Changed.UnixNano()
}

// warn says once that a file holds no request.
func (q *queue) warn(s *directory.Collection, found *directory.Storage, name string, err error) {
	if q.warned[name] {
		return
	}
	if q.warned == nil {
		q.warned = map[string]bool{}
	}
	q.warned[name] = true
	s.Log.Warn("a file of a request queue is ignored", "queue", found.Folder, "file", name, "error", err)
}
