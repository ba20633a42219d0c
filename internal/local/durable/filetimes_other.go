//go:build !linux && !darwin

package durable

import (
	"io/fs"
	"time"
)

// ChangeTime is when a file was last changed, as far as is known here.
func ChangeTime(info fs.FileInfo) time.Time { return info.ModTime() }

// FileNumber is not known here.
func FileNumber(fs.FileInfo) uint64 { return 0 }
