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

// privateFolder holds our own state, below the storage directory.
const PrivateFolder = ".apifyctl"

// readSmallJSON decodes a file of ours or an SDK's. A missing file is
// fs.ErrNotExist.
func ReadJSON(root *os.Root, name string, target any) error {
	text, err := ReadFile(root, name)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, target)
}

// maxSmallFile is far more than a file takes that describes something.
const maxSmallFile = 1 << 20

// readSmallFile reads a file that describes something; 1 MiB is far more than
// one needs.
func ReadFile(root *os.Root, name string) (text []byte, err error) {
	file, err := root.Open(name)
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

// writeJSONFile writes a file below .apifyctl, whole or not at all.
func WriteJSON(root *os.Root, name string, value any) error {
	text, err := json.MarshalIndent(value, "", "\t")
	if err != nil {
		return err
	}
	return Replace(root, PrivateFolder+"/"+name, text)
}

// replaceFile writes a temporary file and renames it: readers see the old or
// the new text. The temporary one is never beside its destination, where an SDK
// would take it for an item.
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

// temporaryFolder holds what is being written or deleted.
const TemporaryFolder = PrivateFolder + "/tmp"

// temporaryName is an unused path below temporaryFolder, which it creates.
func TemporaryName(root *os.Root) (string, error) {
	if err := root.MkdirAll(TemporaryFolder, 0o777); err != nil {
		return "", err
	}
	return TemporaryFolder + "/" + rand.Text(), nil
}

// createTemporary makes a new file in temporaryFolder, which it creates where it
// is missing.
func CreateTemporary(root *os.Root) (file *os.File, name string, err error) {
	name = TemporaryFolder + "/" + rand.Text()
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	file, err = root.OpenFile(name, flags, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err = root.MkdirAll(TemporaryFolder, 0o777); err == nil {
			file, err = root.OpenFile(name, flags, 0o666)
		}
	}
	return file, name, err
}

// writeTemporary writes a new file in temporaryFolder that is on the disk when
// it returns.
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

func IgnoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
