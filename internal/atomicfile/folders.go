package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
)

// SyncFolder brings the names in a folder to the disk. Windows has no such call,
// and keeps them in its journal.
func SyncFolder(root *os.Root, name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// MakeFolders is MkdirAll; what it has created is on the disk when it returns.
func MakeFolders(root *os.Root, name string) error {
	for i := range len(name) + 1 {
		if i < len(name) && name[i] != '/' {
			continue
		}
		err := root.Mkdir(name[:i], 0o777)
		if errors.Is(err, fs.ErrExist) {
			continue // where it is no folder, the next one says so
		}
		if err != nil {
			return err
		}
		if err := SyncFolder(root, path.Dir(name[:i])); err != nil {
			return err
		}
	}
	return nil
}

// MakeDirectory is MakeFolders for an absolute path.
func MakeDirectory(dir string) error {
	parent := filepath.Dir(dir)
	if _, err := os.Stat(dir); parent == dir || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := MakeDirectory(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) { //nolint:gosec // the user's umask decides
		return err
	}
	root, err := os.OpenRoot(parent)
	if err != nil {
		return err
	}
	return errors.Join(SyncFolder(root, "."), root.Close())
}
