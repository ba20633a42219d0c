package queue

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

// scan reads the folder: every file at first, later those that are new, newer
// than the last look, or gone.
func (q *queue) scan(ctx context.Context, s *directory.Collection, found *directory.Storage, inside *os.Root) error {
	start, folder := time.Now(), found.Folder
	names, err := readNames(inside)
	if err != nil {
		return err
	}
	if names, q.legacy, err = withLegacy(inside, names); err != nil {
		return err
	}
	// Nothing but its requests tells Crawlee 0.4 from 0.5.
	if layout := layoutOf(s, found); layout != requestfile.Python05 || q.layout != requestfile.Python01 {
		q.layout = layout
	}
	since := q.looked.Add(-durable.CoarseClock)
	if q.index == nil {
		q.index, since = newQueueIndex(), time.Time{}
	} else {
		q.forgetMissing(names)
	}
	others := q.index.otherNames()
	var mutex sync.Mutex
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, name := range names {
		if groupContext.Err() != nil {
			break
		}
		if !isRequestFile(name) {
			if name == sqliteFile {
				s.Log.Warn("requests in a SQLite queue are not counted", "queue", folder)
			}
			continue
		}
		group.Go(func() error {
			if !since.IsZero() {
				if found, err := inside.Lstat(name); err == nil && durable.ChangeTime(found).Before(since) && (others[name] || q.knows(name, &mutex)) {
					return nil
				}
			}
			f, err := readRequestFile(inside, name, q.placeIn(name, &mutex))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil // deleted just now
			case errors.Is(err, requestfile.ErrNoRequest): // Crawlee leaves those out as well
				s.Log.Warn("request file ignored: it holds no request", "queue", folder, "file", name)
				return nil
			case err != nil:
				return err
			}
			mutex.Lock()
			defer mutex.Unlock()
			if other, known := q.index.file(f.ID); known && other != name && f.Layout != q.layout {
				return nil // the SDK looks for the other one
			}
			if f.Layout == requestfile.Python01 {
				q.layout = f.Layout
			}
			q.index.set(&f, name, start)
			return nil
		})
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

// knows tells whether a file named by its ID is in the index.
func (q *queue) knows(name string, mutex *sync.Mutex) bool {
	id, ok := requestfile.ParseID(strings.TrimSuffix(name, requestSuffix))
	if !ok {
		return false
	}
	mutex.Lock()
	defer mutex.Unlock()
	return q.index.state(id) != entryFree
}

func (q *queue) forgetMissing(names []string) {
	there := make(map[string]bool, len(names))
	for _, name := range names {
		there[name] = true
	}
	var gone []requestID
	for number, e := range q.index.all() {
		if !there[q.index.fileOf(number)] {
			gone = append(gone, e.id().unpack())
		}
	}
	for _, id := range gone {
		q.index.remove(id)
	}
}
