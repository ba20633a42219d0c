package durable

import (
	"errors"
	"os"
	"sync"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// Presence tells that somebody is at work in a storage directory: as long as one
// is open, what is in TemporaryFolder is in use. Where nobody is present, it is
// what killed processes have left.
//
// It is a lock that all who write share. The zero value is ready; it is safe for
// concurrent use.
type Presence struct {
	mutex sync.Mutex
	users int
	lock  *atomicfile.Lock
	swept bool
}

const presenceFile = PrivateFolder + "/tmp.lock"

// Enter notes that something will be written. Before the first time it removes
// what killed processes have left.
func (p *Presence) Enter(root *os.Root) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.users == 0 {
		if err := p.open(root); err != nil {
			return err
		}
	}
	p.users++
	return nil
}

func (p *Presence) open(root *os.Root) error {
	if err := atomicfile.MakePlain(root, PrivateFolder); err != nil {
		return err
	}
	lock, err := atomicfile.OpenLock(root, presenceFile)
	if err != nil {
		return err
	}
	if !p.swept {
		if err := sweep(root, lock); err != nil {
			return errors.Join(err, lock.Close())
		}
		p.swept = true
	}
	if err := lock.Take(true); err != nil {
		return errors.Join(err, lock.Close())
	}
	p.lock = lock
	return nil
}

// sweep removes what is in TemporaryFolder if nobody else is present.
func sweep(root *os.Root, lock *atomicfile.Lock) error {
	alone, err := lock.Try(false)
	if err != nil || !alone {
		return err
	}
	return root.RemoveAll(TemporaryFolder)
}

// Leave ends what Enter began.
func (p *Presence) Leave() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.users--
	if p.users > 0 {
		return nil
	}
	lock := p.lock
	p.lock = nil
	return lock.Close()
}
