package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// write makes the generator's folders below dir hold files and nothing else.
func write(dir string, files tree) error {
	for _, folder := range []string{completions, manPages, reference} {
		if err := removeOthers(dir, folder, files); err != nil {
			return err
		}
	}
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func removeOthers(dir, folder string, keep tree) error {
	err := filepath.WalkDir(filepath.Join(dir, filepath.FromSlash(folder)), func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		if _, ok := keep[filepath.ToSlash(name)]; ok {
			return nil
		}
		return os.Remove(file)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
