package local

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// mover gives temporary files their names in a folder. Linux does that between
// two open folders in one call, which neither walks along paths nor makes a
// second name first.
type mover struct {
	slowMover
	from, to *rawFolder
}

func newMover(root *os.Root, from, to *rawFolder, folder string) *mover {
	return &mover{slowMover{root, folder}, from, to}
}

func (m *mover) rename(staged, name string, flags uint) error {
	return unix.Renameat2(int(m.from.dir.Fd()), staged, int(m.to.dir.Fd()), name, flags)
}

// add is for a name that is not taken: else fs.ErrExist, and the file is gone.
func (m *mover) add(staged, name string) error {
	switch err := m.rename(staged, name, unix.RENAME_NOREPLACE); {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return errors.Join(err, m.from.remove(staged))
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return m.slowMover.add(staged, name) // not every file system can
	default:
		return &os.LinkError{Op: "rename", Old: staged, New: name, Err: err}
	}
}

// exchange is replace for a name that is taken. What had the name has the
// temporary one then, if left says so: removing that may wait. Renaming over a
// file waits for its blocks to be given back, and has ext4 write the new one out.
func (m *mover) exchange(staged, name string) (left bool, err error) {
	if m.rename(staged, name, unix.RENAME_EXCHANGE) == nil {
		return true, nil
	}
	return false, m.replace(staged, name) // it is not taken, or cannot be done here
}

func (m *mover) replace(staged, name string) error {
	if err := m.rename(staged, name, 0); err != nil {
		return &os.LinkError{Op: "rename", Old: staged, New: name, Err: err}
	}
	return nil
}
