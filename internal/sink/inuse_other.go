//go:build !windows

package sink

import (
	"errors"
	"syscall"
)

// inUse tells that a file could not be replaced because a program has it open. Files
// can be replaced all the same where systems are like Unix, but for some network
// shares.
func inUse(err error, _ string) bool {
	return errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.ETXTBSY)
}
