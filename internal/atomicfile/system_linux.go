package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ChangeTime is when a file was last changed in any way. Unlike the time of the
// content it cannot be set: a file that is restored from a copy has a new one.
func ChangeTime(info fs.FileInfo) time.Time {
	if status, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(status.Ctim.Unix())
	}
	return info.ModTime()
}

// canSyncAll: see syncAll.
const canSyncAll = true

// syncAll brings to the disk all that the file system of a folder holds, which for
// many files is much quicker than each alone. Since Linux 5.8 it tells of errors.
func syncAll(folder *os.Root) error {
	dir, err := folder.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(dir.Fd())), dir.Close())
}

// Linux renames between two open folders in one call, which neither walks along
// paths nor makes a second name first.
func (m *Mover) rename(staged, name string, flags uint) error {
	err := unix.Renameat2(int(m.from.dir.Fd()), staged, int(m.to.dir.Fd()), name, flags)
	for errors.Is(err, unix.EINTR) { // a signal came between
		err = unix.Renameat2(int(m.from.dir.Fd()), staged, int(m.to.dir.Fd()), name, flags)
	}
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
