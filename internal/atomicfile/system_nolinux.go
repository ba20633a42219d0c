//go:build !linux

package atomicfile

import (
	"errors"
	"os"
)

// Files have to be synced one by one here.
const canSyncAll = false

func syncAll(*os.Root) error { return errors.ErrUnsupported }

// MoveNew moves a file to a name that is not taken: else fs.ErrExist, and nothing
// has happened.
func (m *Mover) MoveNew(staged, name string) error { return m.addByPath(staged, name) }

// Replace moves a file to a name, instead of any other that has it.
func (m *Mover) Replace(staged, name string) error {
	return replace(m.root, m.from.path+"/"+staged, m.to.path+"/"+name)
}
