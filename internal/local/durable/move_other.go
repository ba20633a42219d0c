//go:build !linux

package durable

import "os"

// mover gives temporary files their names in a folder.
type Mover struct{ slowMover }

func NewMover(root *os.Root, _, _ *Folder, folder string) *Mover {
	return &Mover{slowMover{root, folder}}
}

// replace gives a file a name, instead of any other that has it.
func (m *Mover) Replace(staged, name string) error {
	return m.root.Rename(TemporaryFolder+"/"+staged, m.folder+"/"+name)
}
