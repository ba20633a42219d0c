package durable

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// mover gives temporary files their names in a folder. Linux does that between
// two open folders in one call, which neither walks along paths nor makes a
// second name first.
type Mover struct {
	slowMover
	from, to *Folder
}

func NewMover(root *os.Root, from, to *Folder, folder string) *Mover {
	return &Mover{slowMover{root, folder}, from, to}
}

func (m *Mover) rename(staged, name string, flags uint) error {
	return unix.Renameat2(int(m.from.dir.Fd()), staged, int(m.to.dir.Fd()), name, flags)
}

// add is for a name that is not taken: else fs.ErrExist, and the file is gone.
func (m *Mover) Add(staged, name string) error {
	switch err := m.rename(staged, name, unix.RENAME_NOREPLACE); {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return errors.Join(err, m.from.Remove(staged))
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return m.slowMover.Add(staged, name) // not every file system can
	default:
		return &os.LinkError{Op: "rename", Old: staged, New: name, Err: err}
	}
}

// replace gives a file a name, instead of any other that has it.
func (m *Mover) Replace(staged, name string) error {
	if err := m.rename(staged, name, 0); err != nil {
		return &os.LinkError{Op: "rename", Old: staged, New: name, Err: err}
	}
	return nil
}
