//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// nonblocking opens a named pipe without waiting for its other end.
const nonblocking = unix.O_NONBLOCK

func lockFile(file *os.File, shared, wait bool) error {
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	if !wait {
		how |= unix.LOCK_NB
	}
	for {
		switch err := unix.Flock(int(file.Fd()), how); {
		case errors.Is(err, unix.EINTR): // a signal came between
		case errors.Is(err, unix.EWOULDBLOCK):
			return errLocked
		default:
			return err
		}
	}
}

// replace renames a file to a name that another may have.
func replace(root *os.Root, from, to string) error { return root.Rename(from, to) }

// linkCount is how many names a file has; 0 where that is not known.
func linkCount(info fs.FileInfo) uint64 {
	if status, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(status.Nlink) //nolint:unconvert // its type is another on each system
	}
	return 0
}

// FileNumber tells a folder from another one that has come in its place.
func FileNumber(info fs.FileInfo) uint64 {
	if status, ok := info.Sys().(*syscall.Stat_t); ok {
		return status.Ino
	}
	return 0
}

// ReadQuickly reads a file with three calls of the system instead of a dozen: for
// small files they are what takes the time. It is false where something is wrong,
// the file does not fit into buffer, or is no plain file. What comes back may be
// short of the end on rare file systems; JSON that ends early is none. In all these
// cases the file is to be read with ReadRegular.
func (f *Folder) ReadQuickly(buffer []byte, name string) (text []byte, ok bool) {
	const flags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NONBLOCK
	file, err := unix.Openat(int(f.dir.Fd()), name, flags, 0)
	if err != nil {
		return nil, false
	}
	n, err := unix.Read(file, buffer[:cap(buffer)])
	if closeErr := unix.Close(file); err != nil || closeErr != nil || n == cap(buffer) {
		return nil, false
	}
	return buffer[:n], true
}

// OpenListing opens a folder for ReadDir to tell names and types. That of a file
// opened in a Root looks at each file besides.
func OpenListing(in *os.Root, name string) (*os.File, error) {
	dir, err := in.Open(name)
	if err != nil {
		return nil, err
	}
	same, err := unix.FcntlInt(dir.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err := errors.Join(err, dir.Close()); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(same), name), nil
}
