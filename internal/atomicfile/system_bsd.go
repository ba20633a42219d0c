//go:build darwin || freebsd

package atomicfile

import (
	"io/fs"
	"syscall"
	"time"
)

// ChangeTime is when a file was last changed in any way. Unlike the time of the
// content it cannot be set: a file that is restored from a copy has a new one.
func ChangeTime(info fs.FileInfo) time.Time {
	if status, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(status.Ctimespec.Unix())
	}
	return info.ModTime()
}
