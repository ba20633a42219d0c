package atomicfile

import (
	"io/fs"
	"time"
)

const (
	// ClockTick is how coarse the times of folders are on common file systems.
	ClockTick = 50 * time.Millisecond
	// CoarseClock is how coarse they are where they have no fraction of a second.
	CoarseClock = 2 * time.Second
	// RescanShare bounds the time spent on reading a folder that keeps growing:
	// at most one part in so many.
	RescanShare = 20
)

// Racy tells of a file or folder that has just been changed: another change
// might leave its time as it is.
func Racy(info fs.FileInfo) bool { return time.Since(info.ModTime()) < TickOf(info.ModTime()) }

// TickOf is how far apart two changes are at most that have the same time, which
// is the given one.
func TickOf(t time.Time) time.Duration {
	if t.Nanosecond() == 0 {
		return CoarseClock
	}
	return ClockTick
}
