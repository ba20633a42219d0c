package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

const nonblocking = 0

func lockFile(file *os.File, shared, wait bool) error {
	var how uint32
	if !shared {
		how |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	if !wait {
		how |= windows.LOCKFILE_FAIL_IMMEDIATELY
	}
	err := windows.LockFileEx(windows.Handle(file.Fd()), how, 0, 1, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errLocked
	}
	return err
}

// replace renames a file to a name that another may have. It waits two seconds at
// most while that one is open, in a virus scanner, an indexer or one of our own
// readers: file systems other than a new NTFS do not replace it then.
func replace(root *os.Root, from, to string) error {
	for began, pause := time.Now(), time.Millisecond; ; pause *= 2 {
		err := root.Rename(from, to)
		if !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) ||
			time.Since(began)+pause > 2*time.Second {
			return err
		}
		time.Sleep(pause)
	}
}

// ChangeTime is when a file was last changed, as far as is known here.
func ChangeTime(info fs.FileInfo) time.Time { return info.ModTime() }

// FileNumber is not known here.
func FileNumber(fs.FileInfo) uint64 { return 0 }

// linkCount is not known here: files are written anew.
func linkCount(fs.FileInfo) uint64 { return 0 }

// ReadQuickly is false: there is no quicker way.
func (*Folder) ReadQuickly([]byte, string) (text []byte, ok bool) { return nil, false }

// OpenListing opens a folder for ReadDir to tell names and types.
func OpenListing(in *os.Root, name string) (*os.File, error) { return in.Open(name) }
