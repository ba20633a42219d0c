//go:build unix

package durable

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Link gives a file a second name in the other folder, which must not be taken:
// else fs.ErrExist. File systems without hard links get a copy, which is on the
// disk.
func (m *Mover) Link(staged, name string) error {
	err := unlessInterrupted(func() error {
		return unix.Linkat(int(m.from.dir.Fd()), staged, int(m.to.dir.Fd()), name, 0)
	})
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return &os.LinkError{Op: "link", Old: staged, New: name, Err: err}
	}
	return put(m.root, m.fromPath+"/"+staged, m.toPath+"/"+name)
}
