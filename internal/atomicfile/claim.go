package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
)

// Claim is a lock whose file is there only as long as somebody has it, or was killed
// with it. All who take it must do so with TakeClaim: Lock alone would be content with
// a file that has just been removed.
type Claim struct {
	lock *Lock
	root *os.Root
	name string
}

// TakeClaim takes a claim without waiting; nil where somebody else has it. Its folder
// must be there.
func TakeClaim(in *os.Root, name string) (*Claim, error) {
	root, err := in.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	for {
		lock, err := OpenLock(root, name)
		if err != nil {
			return nil, errors.Join(err, root.Close())
		}
		taken, err := lock.Try(false)
		if err != nil || !taken {
			return nil, errors.Join(err, lock.Close(), root.Close())
		}
		current, err := lock.is(root, name)
		if err == nil && current {
			return &Claim{lock, root, name}, nil
		}
		// Who had it has removed the file meanwhile.
		if err = errors.Join(err, lock.Close()); err != nil {
			return nil, errors.Join(err, root.Close())
		}
	}
}

// is tells whether a name is that of the lock's file.
func (l *Lock) is(root *os.Root, name string) (bool, error) {
	mine, err := l.file.Stat()
	if err != nil {
		return false, err
	}
	there, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(mine, there), err
}

// Release gives the claim back.
func (c *Claim) Release() error {
	if runtime.GOOS == "windows" { // where no open file can be removed, whoever has it open
		err := c.lock.Close()
		_ = c.root.Remove(c.name) // somebody else may have it
		return errors.Join(err, c.root.Close())
	}
	err := c.root.Remove(c.name)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil // somebody has tidied up
	}
	return errors.Join(err, c.lock.Close(), c.root.Close())
}
