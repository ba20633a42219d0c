package durable

import (
	"io/fs"
	"time"
)

const (
	// Times of folders are this coarse on common file systems, and with no
	// fraction of a second at all on others.
	ClockTick   = 50 * time.Millisecond
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
