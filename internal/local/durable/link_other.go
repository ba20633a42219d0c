//go:build !unix

package durable

// Link gives a file a second name in the other folder, which must not be taken:
// else fs.ErrExist. File systems without hard links get a copy, which is on the
// disk.
func (m *Mover) Link(staged, name string) error {
	return put(m.root, m.fromPath+"/"+staged, m.toPath+"/"+name)
}
