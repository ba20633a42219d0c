package durable

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
)

// WriteSynced writes a file that is on the disk when it returns. flags go
// together with os.O_WRONLY.
func WriteSynced(root *os.Root, name string, flags int, text []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|flags, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncFile brings a file to the disk.
func syncFile(root *os.Root, name string) error {
	file, err := root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// syncEach brings the files 0, 1, … of a folder to the disk.
func syncEach(folder *os.Root, count int) error {
	for i := range count {
		if err := syncFile(folder, strconv.Itoa(i)); err != nil {
			return err
		}
	}
	return nil
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

// MakeDirectory is makeFolders for an absolute path.
func MakeDirectory(dir string) error {
	parent := filepath.Dir(dir)
	if _, err := os.Stat(dir); parent == dir || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := MakeDirectory(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	root, err := os.OpenRoot(parent)
	if err != nil {
		return err
	}
	return errors.Join(SyncFolder(root, "."), root.Close())
}
