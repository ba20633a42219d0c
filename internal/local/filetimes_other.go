//go:build !linux && !darwin

package local

import (
	"io/fs"
	"time"
)

// changeTime is when a file was last changed, as far as is known here.
func changeTime(info fs.FileInfo) time.Time { return info.ModTime() }

// fileNumber is not known here.
func fileNumber(fs.FileInfo) uint64 { return 0 }
