package local

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// rewrite gives a file another content, if nobody else can see that: it must
// have no other name, and nobody may have it open. A lease for writing is given
// only then. False: the file is of no use.
func (f *rawFolder) rewrite(name string, text []byte) (ok bool) {
	file, err := unix.Openat(int(f.dir.Fd()), name, unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	err = rewriteAlone(file, text)
	return errors.Join(err, unix.Close(file)) == nil
}

func rewriteAlone(file int, text []byte) error {
	var status unix.Stat_t
	if err := unix.Fstat(file, &status); err != nil {
		return err
	}
	if status.Mode&unix.S_IFMT != unix.S_IFREG || status.Nlink != 1 {
		return os.ErrInvalid
	}
	if _, err := unix.FcntlInt(uintptr(file), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		return err
	}
	n, err := unix.Write(file, text)
	if err == nil && n != len(text) {
		err = os.ErrInvalid
	}
	if err == nil && status.Size > int64(n) {
		err = unix.Ftruncate(file, int64(n))
	}
	return err
}
