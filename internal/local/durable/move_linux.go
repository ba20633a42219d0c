package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Linux renames between two open folders in one call, which neither walks along
// paths nor makes a second name first.
func (m *Mover) rename(staged, name string, flags uint) error {
	err := unlessInterrupted(func() error {
		return unix.Renameat2(int(m.from.dir.Fd()), staged, int(m.to.dir.Fd()), name, flags)
	})
	if err != nil {
		return &os.LinkError{Op: "rename", Old: staged, New: name, Err: err}
	}
	return nil
}

// MoveNew moves a file to a name that is not taken: else fs.ErrExist, and nothing
// has happened.
func (m *Mover) MoveNew(staged, name string) error {
	err := m.rename(staged, name, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return m.addByPath(staged, name) // not every file system can
	}
	return err
}

// Replace moves a file to a name, instead of any other that has it.
func (m *Mover) Replace(staged, name string) error { return m.rename(staged, name, 0) }
