package durable

import (
	"errors"
	"os"
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

// sync brings a file of the folder to the disk.
func (f *Folder) sync(name string) error { return syncFile(f.Root, name) }
