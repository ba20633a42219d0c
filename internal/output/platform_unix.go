//go:build !windows

package output

import (
	"errors"
	"os"
	"syscall"
)

func isClosedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE)
}

// enableEscapes tells whether a terminal understands escape sequences.
func enableEscapes(*os.File) bool { return true }
