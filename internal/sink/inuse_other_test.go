//go:build !windows

package sink

import "syscall"

const errHeld = syscall.EBUSY
