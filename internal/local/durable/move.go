package durable

import (
	"errors"
	"io/fs"
	"os"
)

// slowMover gives temporary files their names in a folder by paths
// from the storage directory on.
type slowMover struct {
	root   *os.Root
	folder string // below root
}

// add is for a name that is not taken: else fs.ErrExist, and the file is gone.
func (m *slowMover) Add(staged, name string) error {
	from := TemporaryFolder + "/" + staged
	err := Put(m.root, from, m.folder+"/"+name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		err = errors.Join(err, m.root.Remove(from))
	}
	return err
}
