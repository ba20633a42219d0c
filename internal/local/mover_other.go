//go:build !linux

package local

import "os"

// mover gives temporary files their names in a folder.
type mover struct{ slowMover }

func newMover(root *os.Root, _, _ *rawFolder, folder string) *mover {
	return &mover{slowMover{root, folder}}
}

// exchange is replace here: nothing is left.
func (m *mover) exchange(staged, name string) (left bool, err error) {
	return false, m.replace(staged, name)
}

func (m *mover) replace(staged, name string) error {
	return m.root.Rename(temporaryFolder+"/"+staged, m.folder+"/"+name)
}
