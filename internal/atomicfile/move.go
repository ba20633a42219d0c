package atomicfile

import (
	"errors"
	"io/fs"
	"os"
)

// Mover moves files between two open folders of a storage directory.
type Mover struct {
	root     *os.Root
	from, to *Folder
}

// NewMover makes a mover. Both folders were opened in root: not every system can
// rename between open folders.
func NewMover(root *os.Root, from, to *Folder) *Mover { return &Mover{root, from, to} }

// Add moves a file to a name that is not taken: else fs.ErrExist, and the file is
// gone.
func (m *Mover) Add(staged, name string) error {
	err := m.MoveNew(staged, name)
	if errors.Is(err, fs.ErrExist) {
		err = errors.Join(err, m.from.Remove(staged))
	}
	return err
}

// Link gives a file a second name in the other folder, which must not be taken:
// else fs.ErrExist. File systems without hard links get a copy, which is on the
// disk.
func (m *Mover) Link(staged, name string) error {
	return put(m.root, m.from.path+"/"+staged, m.to.path+"/"+name)
}

// addByPath is MoveNew where the system has no call for it: the file has two
// names for a moment, and where a file has one name only, there is a copy.
func (m *Mover) addByPath(staged, name string) error {
	from := m.from.path + "/" + staged
	if err := put(m.root, from, m.to.path+"/"+name); err != nil {
		return err
	}
	return m.root.Remove(from)
}

// put gives a file another name, which must be free: else fs.ErrExist. File
// systems without hard links get a copy.
func put(root *os.Root, from, to string) error {
	err := root.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	text, readErr := root.ReadFile(from)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	return Create(root, to, text)
}
