// Package durable writes files so that they are there whole or not at all, and on
// the disk when it says so: temporary files, syncing, renaming, locks between
// processes, and changes that are carried out in groups.
//
// A change that is acknowledged is on the disk under its final name: its content
// was written under a temporary name and synced, renamed, and the folder synced.
// Nothing is replayed.
package durable

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

// PrivateFolder holds what we keep beside the storages, below the storage
// directory.
const PrivateFolder = ".apifyctl"

// TemporaryFolder holds what is being written or deleted: see Presence.
const TemporaryFolder = PrivateFolder + "/tmp"

// maxSmallFile is far more than a file takes that describes something.
const maxSmallFile = 1 << 20

// ReadSmall reads a regular file that describes something, up to 1 MiB. A missing
// file is fs.ErrNotExist.
func ReadSmall(root *os.Root, name string) (text []byte, err error) {
	file, err := OpenRegular(root, name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	text, err = io.ReadAll(io.LimitReader(file, maxSmallFile+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(text) > maxSmallFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, maxSmallFile)
	}
	return text, nil
}

// ReadJSON decodes a small file that an SDK wrote. A missing file is
// fs.ErrNotExist.
func ReadJSON(root *os.Root, name string, target any) error {
	text, err := ReadSmall(root, name)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, target)
}

// Replace gives a file a new content, whole or not at all, which is on the disk
// when it returns: readers see the old or the new text. What is being written is
// never beside its destination, where an SDK would take it for an item.
func Replace(root *os.Root, name string, text []byte) error {
	temporary, err := writeTemporary(root, text)
	if err != nil {
		return err
	}
	if err := root.Rename(temporary, name); err != nil {
		return errors.Join(err, root.Remove(temporary))
	}
	return SyncFolder(root, path.Dir(name))
}

// TemporaryName is an unused path in TemporaryFolder, which it creates.
func TemporaryName(root *os.Root) (string, error) {
	if err := makePlain(root, TemporaryFolder); err != nil {
		return "", err
	}
	return TemporaryFolder + "/" + rand.Text(), nil
}

// CreateTemporary makes a new file in TemporaryFolder, for writing.
func CreateTemporary(root *os.Root) (file *os.File, name string, err error) {
	name, err = TemporaryName(root)
	if err != nil {
		return nil, "", err
	}
	file, err = root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	return file, name, err
}

// writeTemporary writes a new file in TemporaryFolder that is on the disk when it
// returns.
func writeTemporary(root *os.Root, text []byte) (name string, err error) {
	file, name, err := CreateTemporary(root)
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, IgnoreMissing(root.Remove(name)))
	}
	return name, nil
}

// IgnoreMissing makes fs.ErrNotExist nil.
func IgnoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
