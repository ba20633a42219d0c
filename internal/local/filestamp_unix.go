//go:build linux || darwin

package local

import (
	"golang.org/x/sys/unix"
)

// stamp is false for what is not there.
func (f *itemFiles) stamp(name string) (fileStamp, bool) {
	var info unix.Stat_t
	if err := unix.Fstatat(f.fd, name, &info, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fileStamp{}, false
	}
	return stampOf(&info), true
}

func stampOf(info *unix.Stat_t) fileStamp {
	return fileStamp{info.Ino, uint64(info.Size), info.Mtim.Nano(), info.Ctim.Nano()}
}

// readStamped reads a file to its end, and says what it was before that. found
// is false where there is none; a nil text is one that cannot be had so, as of a
// link or a file that does not fit into buffer.
func (f *itemFiles) readStamped(buffer []byte, name string) (text []byte, stamp fileStamp, found bool) {
	const flags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NOFOLLOW | unix.O_NONBLOCK
	file, err := unix.Openat(f.fd, name, flags, 0)
	if err != nil {
		return nil, fileStamp{}, err != unix.ENOENT
	}
	var info unix.Stat_t
	err = unix.Fstat(file, &info)
	whole := err == nil && info.Mode&unix.S_IFMT == unix.S_IFREG && info.Size < int64(cap(buffer))
	n := 0
	if whole {
		n, err = unix.Read(file, buffer[:cap(buffer)])
	}
	if closeErr := unix.Close(file); !whole || err != nil || closeErr != nil || int64(n) != info.Size {
		return nil, fileStamp{}, true
	}
	return buffer[:n], stampOf(&info), true
}
