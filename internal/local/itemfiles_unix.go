//go:build unix

package local

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// readQuickly reads a file with three calls of the system instead of a dozen:
// for small files they are what takes the time. Where the file does not fit
// into buffer, or is no plain file, it is false. What comes back may be short
// of the end on rare file systems; an item that ends early is no JSON, and is
// then to be read with readWhole.
func (f *itemFiles) readQuickly(buffer []byte, name string) (text []byte, ok bool, err error) {
	// Links may lead anywhere: os.Root sees to those.
	const flags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NONBLOCK
	file, err := unix.Openat(f.fd, name, flags, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil, false, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	if err != nil {
		return nil, false, nil
	}
	n, err := unix.Read(file, buffer[:cap(buffer)])
	if closeErr := unix.Close(file); err != nil || closeErr != nil || n == cap(buffer) {
		return nil, false, nil // readWhole says what is wrong
	}
	return buffer[:n], true, nil
}
