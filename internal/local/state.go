package local

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"time"
)

// state is what we remember of a storage beyond what its folder says. It is a
// file .apifyctl/<kind>/<folder>.json.
type state struct {
	ID            string          `json:"id"`
	Named         *bool           `json:"named,omitempty"` // nil: the folder decides
	CreatedAt     time.Time       `json:"createdAt,omitzero"`
	ModifiedAt    time.Time       `json:"modifiedAt,omitzero"` // by us, of the storage's own facts
	GeneralAccess string          `json:"generalAccess,omitempty"`
	Schema        json.RawMessage `json:"schema,omitempty"`
}

// move is a folder that is being renamed: a file .apifyctl/<kind>.moving.json,
// there from before the rename until the state is in its new place. So that a
// move that was killed half-way is finished by whoever comes next.
type move struct {
	From  string `json:"from"`
	To    string `json:"to"`
	State state  `json:"state"`
}

func movingFile(k kind) string { return k.folder() + ".moving.json" }

// stateFile is where the state of a folder is, below .apifyctl.
func stateFile(k kind, folder string) string {
	if validName(folder) && !isDeviceName(folder) {
		return k.folder() + "/" + folder + ".json"
	}
	// Names that others gave may not do with an ending, or here. No valid name
	// begins with an underscore.
	sum := sha256.Sum256([]byte(folder))
	return k.folder() + "/_" + hex.EncodeToString(sum[:16]) + ".json"
}

// readSmallJSON decodes a file of ours or an SDK's. A missing file is
// fs.ErrNotExist.
func readSmallJSON(root *os.Root, name string, target any) error {
	text, err := readSmallFile(root, name)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, target)
}

// readSmallFile reads a file that describes something; 1 MiB is far more than
// one needs.
func readSmallFile(root *os.Root, name string) (text []byte, err error) {
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	text, err = io.ReadAll(io.LimitReader(file, maxBody+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(text) > maxBody {
		return nil, fmt.Errorf("%s is larger than %d bytes", name, maxBody)
	}
	return text, nil
}

// writeJSONFile writes a file below .apifyctl, whole or not at all.
func writeJSONFile(root *os.Root, name string, value any) error {
	text, err := json.MarshalIndent(value, "", "\t")
	if err != nil {
		return err
	}
	return replaceFile(root, privateFolder+"/"+name, text)
}

// replaceFile writes a temporary file and renames it: readers see the old or
// the new text. The temporary one is never beside its destination, where an SDK
// would take it for an item.
func replaceFile(root *os.Root, name string, text []byte) error {
	temporary, err := writeTemporary(root, text)
	if err != nil {
		return err
	}
	if err := root.Rename(temporary, name); err != nil {
		return errors.Join(err, root.Remove(temporary))
	}
	return syncFolder(root, path.Dir(name))
}

// temporaryFolder holds what is being written or deleted.
const temporaryFolder = privateFolder + "/tmp"

// temporaryName is an unused path below temporaryFolder, which it creates.
func temporaryName(root *os.Root) (string, error) {
	if err := root.MkdirAll(temporaryFolder, 0o777); err != nil {
		return "", err
	}
	return temporaryFolder + "/" + rand.Text(), nil
}

// createTemporary makes a new file in temporaryFolder, which it creates where it
// is missing.
func createTemporary(root *os.Root) (file *os.File, name string, err error) {
	name = temporaryFolder + "/" + rand.Text()
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	file, err = root.OpenFile(name, flags, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err = root.MkdirAll(temporaryFolder, 0o777); err == nil {
			file, err = root.OpenFile(name, flags, 0o666)
		}
	}
	return file, name, err
}

// writeTemporary writes a new file in temporaryFolder that is on the disk when
// it returns.
func writeTemporary(root *os.Root, text []byte) (name string, err error) {
	file, name, err := createTemporary(root)
	if err != nil {
		return "", err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, ignoreMissing(root.Remove(name)))
	}
	return name, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
