// Package inmemory runs tests with their temporary folders in memory. What the
// program writes it also syncs, and on a disk tests mostly wait for that. Garbage
// may stay there for longer, too.
package inmemory

import (
	"os"
	"runtime/debug"
)

// Run runs a package's tests. Where memory has no room for folders, where TMPDIR
// says where they are to be, and with APIFYCTL_SLOW_TESTS they stay on the disk.
func Run(tests interface{ Run() int }) int {
	debug.SetGCPercent(300)
	if os.Getenv("TMPDIR") != "" || os.Getenv("APIFYCTL_SLOW_TESTS") != "" || !roomy(folder) {
		return tests.Run()
	}
	dir, err := os.MkdirTemp(folder, "apifyctl-test")
	if err != nil {
		return tests.Run()
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_ = os.Setenv("TMPDIR", dir) // a name that the system takes
	return tests.Run()
}

// folder is where Linux has a file system in memory.
const folder = "/dev/shm"

// wanted is the room that the tests need at most, several times over.
const wanted = 4 << 30
