//go:build unix

package durable

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Write makes a new file; synced: it is on the disk when write returns.
func (f *Folder) Write(name string, text []byte, synced bool) error {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_CLOEXEC | unix.O_NOFOLLOW
	var file int
	err := unlessInterrupted(func() (err error) {
		file, err = unix.Openat(int(f.dir.Fd()), name, flags, 0o666)
		return err
	})
	if err != nil {
		return &os.PathError{Op: "create", Path: name, Err: err}
	}
	for len(text) > 0 && err == nil {
		n := 0
		err = unlessInterrupted(func() (err error) {
			n, err = unix.Write(file, text)
			return err
		})
		text = text[max(n, 0):]
	}
	if err == nil && synced {
		err = unlessInterrupted(func() error { return unix.Fsync(file) })
	}
	if err := errors.Join(err, unix.Close(file)); err != nil {
		return errors.Join(&os.PathError{Op: "write", Path: name, Err: err}, f.Remove(name))
	}
	return nil
}

// Read is false for what is no plain file, or is not read at once.
func (f *Folder) Read(name string) (text []byte, modified time.Time, ok bool) {
	text, status, err := readPlain(int(f.dir.Fd()), name, func(size int64) []byte {
		if size > maxRawRead {
			return nil
		}
		return make([]byte, size+1) // one more tells that it has grown
	})
	if err != nil {
		return nil, modified, false
	}
	return text, time.Unix(status.Mtim.Unix()), true
}

// readPlain reads a file of an open folder by one call of the system, and says
// what it was before that. room makes a buffer that is larger than the file, or
// none where the file is too large. What is no plain file, such as a link, which
// may lead anywhere, and what has changed meanwhile is an error.
func readPlain(folder int, name string, room func(size int64) []byte) (text []byte, status unix.Stat_t, err error) {
	const flags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NONBLOCK
	file, err := unix.Openat(folder, name, flags, 0)
	if err != nil {
		return nil, status, err
	}
	n := -1
	if err = unix.Fstat(file, &status); err == nil && status.Mode&unix.S_IFMT == unix.S_IFREG {
		if text = room(status.Size); text != nil {
			n, err = unix.Read(file, text)
		}
	}
	if err := errors.Join(err, unix.Close(file)); err != nil {
		return nil, status, err
	}
	if int64(n) != status.Size {
		return nil, status, os.ErrInvalid
	}
	return text[:n], status, nil
}

// maxRawRead is what counts as a small file.
const maxRawRead = 1 << 20

// Remove is for a file that may be gone already.
func (f *Folder) Remove(name string) error {
	err := unlessInterrupted(func() error { return unix.Unlinkat(int(f.dir.Fd()), name, 0) })
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return &os.PathError{Op: "remove", Path: name, Err: err}
	}
	return nil
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

// unlessInterrupted makes a call of the system again when a signal came between.
func unlessInterrupted(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
