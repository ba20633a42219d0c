package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Somebody deletes what is kept beside the storages, piece by piece and then as a
// whole, while clients are at work. Requests may fail meanwhile; what was
// acknowledged is there. A push whose folder goes while it is carried out leaves
// the items that have their numbers already.
func TestPiecesAreDeletedUnderLoad(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	s.start()
	f := &flood{served: s, dataset: s.create("datasets"), store: s.create("key-value-stores"), queue: s.create("request-queues")}
	// With the states go IDs that were drawn; names stay.
	f.dataset, f.store, f.queue = "/datasets/~shared", "/key-value-stores/~shared", "/request-queues/~shared"
	f.mayFail.Store(true)
	f.inPart = true
	writers := make([]*floodClient, 8)
	var group sync.WaitGroup
	for i := range writers {
		writers[i] = newFloodClient(f, i)
		group.Go(writers[i].run)
	}
	private := filepath.Join(s.dir, ".apifyctl")
	deleted := 0
	for round := range 2 {
		var pieces []string
		err := filepath.WalkDir(private, func(path string, entry fs.DirEntry, _ error) error {
			if entry != nil && path != private {
				pieces = append(pieces, path)
			}
			return nil // much of it is there for a moment only
		})
		if err != nil {
			t.Fatal(err)
		}
		if round == 1 {
			pieces = append(pieces, private)
		}
		for _, piece := range pieces {
			if err := os.RemoveAll(piece); err == nil {
				deleted++
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	f.over.Store(true)
	group.Wait()
	f.mayFail.Store(false)
	writers[0].push() // all works again
	writers[0].put()
	writers[0].addRequests()
	s.kill()
	s.start()
	t.Logf("%d pieces deleted; acknowledged: %s", deleted, f.verify(writers))
}
