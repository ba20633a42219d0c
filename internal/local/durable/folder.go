package durable

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// Folder is an open folder whose small files are written and removed with as
// few calls of the system as that takes: for them, calls are what takes the time.
// Names are those of files in the folder itself.
type Folder struct {
	Root *os.Root
	dir  *os.File
}

// OpenFolder opens a folder; Close closes it.
func OpenFolder(in *os.Root, name string) (*Folder, error) {
	root, err := in.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	dir, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Folder{root, dir}, nil
}

// Close closes the folder.
func (f *Folder) Close() error { return errors.Join(f.dir.Close(), f.Root.Close()) }

// Times are when a file's content was last written, and when the file was last
// changed in any way: see ChangeTime.
type Times struct{ Modified, Changed time.Time }

// ErrUnreadable is in the error for a regular file that is too large, or that
// somebody writes to while it is read.
var ErrUnreadable = errors.New("it cannot be read whole")

func tooLarge(limit int64) error {
	return fmt.Errorf("%w: it is larger than %d bytes", ErrUnreadable, limit)
}

// difference is where two texts of the same length begin and cease to differ.
func difference(a, b []byte) (first, end int) {
	for first < len(a) && a[first] == b[first] {
		first++
	}
	for end = len(a); end > first && a[end-1] == b[end-1]; {
		end--
	}
	return first, end
}
