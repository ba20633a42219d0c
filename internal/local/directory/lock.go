package directory

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// Locks keep handlers and processes from changing the same thing at once. There
// is one for each kind, for making, renaming and deleting storages, and locks
// for what is in a storage. Whoever needs both takes the kind's first. What is
// done under any of them is short. Readers take none.

// locksEachKind is how many locks there are for the storages of a kind. The name
// of a storage's folder says which one is its. So none is left over from a
// storage that is gone, and none ever has to be removed.
const locksEachKind = 64

func kindLock(k Kind) string { return durable.PrivateFolder + "/" + k.Folder() + ".lock" }

func storageLock(k Kind, folder string) string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(strings.ToLower(folder))) // never fails
	return fmt.Sprintf("%s/%02x.lock", k.stateFolder(), hash.Sum32()%locksEachKind)
}

// turns makes the goroutines of one handler take turns at a lock, so that only
// one of them has to deal with other processes.
type turns struct {
	mutex sync.Mutex
	of    map[string]chan struct{} // holds a token while somebody has the turn
}

func (t *turns) take(ctx context.Context, name string) (done func(), err error) {
	t.mutex.Lock()
	turn := t.of[name]
	if turn == nil {
		if t.of == nil {
			t.of = map[string]chan struct{}{}
		}
		turn = make(chan struct{}, 1)
		t.of[name] = turn
	}
	t.mutex.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// lock takes a lock, waiting for it until ctx ends.
func (d *Directory) lock(ctx context.Context, root *os.Root, name string) (unlock func() error, err error) {
	done, err := d.turns.take(ctx, name)
	if err != nil {
		return nil, err
	}
	lock, err := atomicfile.OpenLock(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		if err = atomicfile.MakeFolders(root, path.Dir(name)); err == nil {
			lock, err = atomicfile.OpenLock(root, name)
		}
	}
	if err != nil {
		done()
		return nil, err
	}
	release := func() error { defer done(); return lock.Close() }
	switch locked, err := lock.Try(false); {
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), release())
	case locked:
		return release, nil
	}
	// Waiting within the system, unlike trying again and again, gets its turn
	// beside a process that hardly ever lets go. It cannot be called off: the
	// lock is given back when it comes, and until then no other goroutine asks.
	got := make(chan error, 1)
	go func() { got <- lock.Take(false) }()
	select {
	case err := <-got:
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", name, err), release())
		}
		return release, nil
	case <-ctx.Done():
		go func() {
			_ = errors.Join(<-got, release()) // nothing was written
		}()
		return nil, context.Cause(ctx)
	}
}
