//go:build unix

package durable

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
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

// ReadRegular reads a regular file of up to limit bytes, without following a link
// and without waiting for the other end of a pipe, and tells what it was before
// that. Anything else is an *atomicfile.IrregularError.
func (f *Folder) ReadRegular(name string, limit int64) (text []byte, times Times, err error) {
	file, status, err := f.open(name, unix.O_RDONLY)
	if err != nil {
		return nil, times, err
	}
	if status.Size > limit {
		err = tooLarge(limit)
	} else {
		text, err = readAt(file, 0, make([]byte, status.Size+1)) // one more tells that it has grown
	}
	if err == nil && int64(len(text)) > status.Size {
		err = fmt.Errorf("%w: it is being written to", ErrUnreadable)
	}
	if err := errors.Join(err, unix.Close(file)); err != nil {
		return nil, times, &os.PathError{Op: "read", Path: name, Err: err}
	}
	return text, timesOf(&status), nil
}

// Overwrite writes a new text of the same length over a file's old one, as far as
// they differ, and does not wait for the disk. It is false where that cannot be
// done: the file holds something else by now, has another name as well, or may
// not be written to. Then nothing has happened.
func (f *Folder) Overwrite(name string, old, text []byte) (times Times, done bool, err error) {
	file, status, err := f.open(name, unix.O_RDWR)
	if err != nil || len(text) != len(old) {
		return times, false, nil
	}
	defer func() { err = errors.Join(err, unix.Close(file)) }()
	if status.Nlink != 1 || status.Size != int64(len(old)) {
		return times, false, nil
	}
	now, err := readAt(file, 0, make([]byte, len(old)))
	if err != nil || !bytes.Equal(now, old) {
		return times, false, nil
	}
	first, end := difference(old, text)
	for at := first; at < end; {
		n := 0
		err = unlessInterrupted(func() (err error) {
			n, err = unix.Pwrite(file, text[at:end], int64(at))
			return err
		})
		if err != nil {
			return times, false, &os.PathError{Op: "write", Path: name, Err: err}
		}
		at += n
	}
	err = unix.Fstat(file, &status)
	return timesOf(&status), true, err
}

// open opens a regular file that is there.
func (f *Folder) open(name string, flags int) (file int, status unix.Stat_t, err error) {
	err = unlessInterrupted(func() (err error) {
		file, err = unix.Openat(int(f.dir.Fd()), name, flags|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
		return err
	})
	if err != nil {
		if info, lookErr := f.Root.Lstat(name); lookErr == nil && !info.Mode().IsRegular() {
			return 0, status, &atomicfile.IrregularError{Name: name, Mode: info.Mode()}
		}
		return 0, status, &os.PathError{Op: "open", Path: name, Err: err}
	}
	if err := unix.Fstat(file, &status); err != nil {
		return 0, status, errors.Join(err, unix.Close(file))
	}
	if status.Mode&unix.S_IFMT == unix.S_IFREG {
		return file, status, nil
	}
	mode := fs.ModeIrregular
	switch status.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		mode = fs.ModeDir
	case unix.S_IFIFO:
		mode = fs.ModeNamedPipe
	case unix.S_IFCHR, unix.S_IFBLK:
		mode = fs.ModeDevice
	}
	return 0, status, errors.Join(&atomicfile.IrregularError{Name: name, Mode: mode}, unix.Close(file))
}

// readAt reads as much as there is, and fits.
func readAt(file int, at int64, buffer []byte) ([]byte, error) {
	filled := 0
	for filled < len(buffer) {
		n := 0
		err := unlessInterrupted(func() (err error) {
			n, err = unix.Pread(file, buffer[filled:], at+int64(filled))
			return err
		})
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		filled += n
	}
	return buffer[:filled], nil
}

func timesOf(status *unix.Stat_t) Times {
	return Times{Modified: time.Unix(status.Mtim.Unix()), Changed: time.Unix(status.Ctim.Unix())}
}

// Touch sets the folder's time, as adding or removing a file would.
func (f *Folder) Touch() error { return unix.UtimesNanoAt(int(f.dir.Fd()), ".", nil, 0) }

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
