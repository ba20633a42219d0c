package sink

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// createTemporary creates a file in a folder under a name that nobody can
// guess.
func createTemporary(dir string, mode fs.FileMode) (*os.File, error) {
	for {
		file, err := os.OpenFile(filepath.Join(dir, ".apifyctl-"+randomName()+".tmp"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) //nolint:gosec // beside the file that the user names
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
}

// link gives the file without a name the one that Commit wants: that of its
// destination where nothing stands there, else a temporary one beside it, which
// is renamed then.
func (f *File) link() error {
	err := linkFile(f.file, f.path)
	if err == nil {
		return nil
	}
	for errors.Is(err, fs.ErrExist) {
		f.temporary = filepath.Join(filepath.Dir(f.path), ".apifyctl-"+randomName()+".tmp")
		err = linkFile(f.file, f.temporary)
	}
	if err != nil {
		return f.copy() // some systems forbid links
	}
	return nil
}

// copy goes on with a copy that has a temporary name.
func (f *File) copy() error {
	f.temporary = ""
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	named, err := createTemporary(filepath.Dir(f.path), 0o600)
	if err != nil {
		return err
	}
	unnamed := f.file
	f.file, f.temporary = named, named.Name()
	if _, err = unnamed.Seek(0, io.SeekStart); err == nil {
		_, err = io.Copy(named, unnamed)
	}
	if err == nil {
		err = named.Chmod(info.Mode().Perm())
	}
	if err == nil {
		err = named.Sync()
	}
	return Both(err, unnamed.Close())
}

// randomName is part of a temporary file's name that nobody can guess.
func randomName() string { return strings.ToLower(rand.Text()) }
