//go:build linux || darwin

package local

import (
	"errors"

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
	text, info, err := readPlain(f.fd, name, func(size int64) []byte {
		if size >= int64(cap(buffer)) {
			return nil
		}
		return buffer[:cap(buffer)]
	})
	if err != nil {
		return nil, fileStamp{}, !errors.Is(err, unix.ENOENT)
	}
	return text, stampOf(&info), true
}
