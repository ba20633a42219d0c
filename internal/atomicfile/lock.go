package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Lock is a lock that processes share: the system's, on a file, which goes with
// the process that holds it.
type Lock struct{ file *os.File }

// OpenLock opens the file of a lock, which it creates where it is missing.
// Its folder must be there. Close gives the lock back, too.
func OpenLock(root *os.Root, name string) (*Lock, error) {
	if err := checkParents(root, name); err != nil {
		return nil, err
	}
	for {
		file, err := OpenRegular(root, name, os.O_RDWR)
		if errors.Is(err, fs.ErrNotExist) {
			file, err = root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
			if errors.Is(err, fs.ErrExist) {
				continue // somebody was quicker
			}
		}
		if err != nil {
			return nil, fmt.Errorf("open lock: %w", err)
		}
		return &Lock{file}, nil
	}
}

// Take waits for the lock, which others may hold at the same time if it is
// shared by all of them. It cannot be called off.
func (l *Lock) Take(shared bool) error { return lockFile(l.file, shared, true) }

// Try is Take that does not wait: false where somebody else has the lock.
func (l *Lock) Try(shared bool) (bool, error) {
	err := lockFile(l.file, shared, false)
	if errors.Is(err, errLocked) {
		return false, nil
	}
	return err == nil, err
}

// Close gives the lock back.
func (l *Lock) Close() error { return l.file.Close() }

var errLocked = errors.New("somebody else has the lock")
