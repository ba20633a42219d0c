// Package atomicfile writes files so that they are there whole or not at all, and
// on the disk when it says so. It reads those that may come from somebody else
// without following links, has locks between processes, and files of our own with
// a version and a checksum.
package atomicfile

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// Replace gives a file a new content, whole or not at all, which is on the disk
// when it returns: readers see the old or the new text. It is written first to
// temporary, an unused name on the same file system, with the mode of the file.
func Replace(root *os.Root, temporary, name string, mode fs.FileMode, text []byte) error {
	return ReplaceWith(root, temporary, name, mode, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// ReplaceWith is Replace for a content that fill writes.
func ReplaceWith(root *os.Root, temporary, name string, mode fs.FileMode, fill func(io.Writer) error) error {
	if err := create(root, temporary, mode, fill); err != nil {
		return err
	}
	if err := replace(root, temporary, name); err != nil {
		return errors.Join(err, root.Remove(temporary))
	}
	return SyncFolder(root, path.Dir(name))
}

// Create makes a new file, whole or not at all, which is on the disk when it
// returns, but for its name: see SyncFolder. A name that is taken is fs.ErrExist.
func Create(root *os.Root, name string, text []byte) error {
	return create(root, name, 0o666, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

func create(root *os.Root, name string, mode fs.FileMode, fill func(io.Writer) error) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = fill(file)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, IgnoreMissing(root.Remove(name)))
	}
	return nil
}

// Hidden is an unused name for a temporary file, which lists of files leave out.
func Hidden() string { return ".apifyctl-" + rand.Text() }

// maxSmallFile is far more than a file takes that describes something.
const maxSmallFile = 1 << 20

// ReadSmall reads a regular file that describes something, up to 1 MiB. A missing
// file is fs.ErrNotExist.
func ReadSmall(root *os.Root, name string) ([]byte, error) {
	return ReadUpTo(root, name, maxSmallFile)
}

// ReadUpTo is ReadSmall with another limit, in bytes.
func ReadUpTo(root *os.Root, name string, limit int64) (text []byte, err error) {
	file, err := OpenRegular(root, name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	text, err = io.ReadAll(io.LimitReader(file, limit+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, limit)
	}
	return text, nil
}

// ReadJSON decodes a small file that somebody else wrote. A missing file is
// fs.ErrNotExist.
func ReadJSON(root *os.Root, name string, target any) error {
	text, err := ReadSmall(root, name)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, target)
}

// IgnoreMissing makes fs.ErrNotExist nil.
func IgnoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
