package durable

import (
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// FolderSyncs brings folders to the disk for many writers at once: those that
// come while a folder is being synced share the next sync of it.
type FolderSyncs struct {
	mutex   sync.Mutex
	folders map[string]*sharedSync
}

// sharedSync is the syncing of one folder.
type sharedSync struct {
	users   int        // who wait or sync
	running sync.Mutex // held by who syncs
	next    *syncRound // not begun; nil: there is none yet
}

type syncRound struct {
	done chan struct{} // closed at the end
	err  error
}

// Sync returns when every name that was in the folder at the call is on the disk.
// A folder that is gone is no error: whoever renames or deletes a storage syncs
// it first.
func (f *FolderSyncs) Sync(root *os.Root, name string) error {
	f.mutex.Lock()
	shared := f.folders[name]
	if shared == nil {
		if f.folders == nil {
			f.folders = map[string]*sharedSync{}
		}
		shared = &sharedSync{}
		f.folders[name] = shared
	}
	shared.users++
	round, first := shared.next, shared.next == nil
	if first {
		round = &syncRound{done: make(chan struct{})}
		shared.next = round
	}
	f.mutex.Unlock()
	if first {
		shared.running.Lock()
		f.mutex.Lock()
		shared.next = nil // who comes now may be too late for this round
		f.mutex.Unlock()
		if err := atomicfile.SyncFolder(root, name); !errors.Is(err, fs.ErrNotExist) {
			round.err = err
		}
		shared.running.Unlock()
		close(round.done)
	}
	<-round.done
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if shared.users--; shared.users == 0 {
		delete(f.folders, name)
	}
	return round.err
}
