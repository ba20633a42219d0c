//go:build !linux

package local

import "os"

// mover gives temporary files their names in a storage's folder.
type mover struct{ slowMover }

func newMover(root, _, _ *os.Root, folder string) (*mover, error) {
	return &mover{slowMover{root, folder}}, nil
}

func (m *mover) close() error { return nil }

func (m *mover) replace(staged, name string) error {
	return m.root.Rename(temporaryFolder+"/"+staged, m.folder+"/"+name)
}
