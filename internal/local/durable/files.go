// Package durable is how changes of a storage directory reach the disk: temporary
// files and who removes them, changes that are carried out in groups, files of our
// own beside the storages.
//
// A change that is acknowledged is on the disk under its final name: its content
// was written under a temporary name and synced, renamed, and the folder synced.
// Nothing is replayed.
package durable

import (
	"crypto/rand"
	"errors"
	"os"
	"path"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
)

// PrivateFolder holds what we keep beside the storages, below the storage
// directory.
const PrivateFolder = ".apifyctl"

// TemporaryFolder holds what is being written or deleted: see Presence.
const TemporaryFolder = PrivateFolder + "/tmp"

// TemporaryName is an unused path in TemporaryFolder, which it creates.
func TemporaryName(root *os.Root) (string, error) {
	if err := atomicfile.MakePlain(root, TemporaryFolder); err != nil {
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

// Replace gives a file a new content, whole or not at all, which is on the disk
// when it returns. What is being written is never beside its destination, where an
// SDK would take it for an item.
func Replace(root *os.Root, name string, text []byte) error {
	temporary, err := TemporaryName(root)
	if err != nil {
		return err
	}
	return atomicfile.Replace(root, temporary, name, 0o666, text)
}

// ReadState decodes a state file, whose name is below PrivateFolder: see
// atomicfile.ReadState.
func ReadState(root *os.Root, name string, target any) error {
	return atomicfile.ReadState(root, PrivateFolder+"/"+name, target)
}

// WriteState writes a state file, whole or not at all, and creates its folder. A
// broken one is not overwritten, but set aside.
func WriteState(root *os.Root, name string, value any) error {
	content, err := atomicfile.EncodeState(value)
	if err != nil {
		return err
	}
	name = PrivateFolder + "/" + name
	var known any
	if _, broken := errors.AsType[*atomicfile.BrokenError](atomicfile.ReadState(root, name, &known)); broken {
		if _, err := atomicfile.SetAside(root, name); err != nil {
			return err
		}
	}
	if err := atomicfile.MakePlain(root, path.Dir(name)); err != nil {
		return err
	}
	return Replace(root, name, content)
}
