package local

import (
	"errors"
	"os"
)

// rawFolder is an open folder whose small files are written and removed with as
// few calls of the system as that takes: for them, calls are what takes the time.
// Names are those of files in the folder itself.
type rawFolder struct {
	root *os.Root
	dir  *os.File
}

func openRaw(in *os.Root, name string) (*rawFolder, error) {
	root, err := in.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	dir, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &rawFolder{root, dir}, nil
}

func (f *rawFolder) close() error { return errors.Join(f.dir.Close(), f.root.Close()) }

// sync brings a file of the folder to the disk.
func (f *rawFolder) sync(name string) error { return syncFile(f.root, name) }
