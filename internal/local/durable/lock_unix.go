//go:build unix

package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func lockFile(file *os.File, shared, wait bool) error {
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	if !wait {
		how |= unix.LOCK_NB
	}
	err := unlessInterrupted(func() error { return unix.Flock(int(file.Fd()), how) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
