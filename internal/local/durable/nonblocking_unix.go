//go:build unix

package durable

import "golang.org/x/sys/unix"

// nonblocking opens a named pipe without waiting for its other end.
const nonblocking = unix.O_NONBLOCK
