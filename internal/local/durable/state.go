package durable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path"
)

// A state file is one of ours, below PrivateFolder: a line with the version of
// its form and a checksum, and JSON. Files of versions before 0.2 are plain JSON.
const stateHeader = "apifyctl/1 "

// BrokenError is a state file that is not as it was written: a flipped bit, a
// short file, or something else in its place. What it said is not known.
type BrokenError struct {
	Name   string
	Reason error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("%s is broken: %v", e.Name, e.Reason) }
func (e *BrokenError) Unwrap() error { return e.Reason }

// EncodeState is the content of a state file.
func EncodeState(value any) ([]byte, error) {
	text, err := json.MarshalIndent(value, "", "\t")
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s%08x\n%s\n", stateHeader, stateSum(text), text), nil
}

// DecodeState reads what EncodeState has made.
func DecodeState(content []byte, target any) error {
	text, ok := bytes.CutPrefix(content, []byte(stateHeader))
	if !ok {
		if bytes.HasPrefix(content, []byte("{")) {
			return json.Unmarshal(content, target)
		}
		return errors.New("it does not begin with a version")
	}
	sum, text, ok := bytes.Cut(text, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\n"))
	if !ok || string(sum) != fmt.Sprintf("%08x", stateSum(text)) {
		return errors.New("the checksum is wrong")
	}
	return json.Unmarshal(text, target)
}

func stateSum(text []byte) uint32 { return crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli)) }

// ReadState decodes a state file. name is below PrivateFolder. A missing file is
// fs.ErrNotExist; whatever is wrong with one that is there is a *BrokenError.
func ReadState(root *os.Root, name string, target any) error {
	name = PrivateFolder + "/" + name
	err := checkParents(root, name)
	var content []byte
	if err == nil {
		content, err = ReadSmall(root, name)
	}
	if err == nil {
		err = DecodeState(content, target)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	return &BrokenError{name, err}
}

// WriteState writes a state file, whole or not at all, and creates its folder. A
// broken one is not overwritten: it stays beside the new one, with ".broken" and
// a number behind its name.
func WriteState(root *os.Root, name string, value any) error {
	content, err := EncodeState(value)
	if err != nil {
		return err
	}
	if err := setAside(root, name); err != nil {
		return err
	}
	name = PrivateFolder + "/" + name
	if err := makePlain(root, path.Dir(name)); err != nil {
		return err
	}
	return Replace(root, name, content)
}

// maxBroken is how many broken files of one name are kept.
const maxBroken = 100

func setAside(root *os.Root, name string) error {
	var anything json.RawMessage
	err := ReadState(root, name, &anything)
	if _, broken := errors.AsType[*BrokenError](err); !broken {
		return nil // writing says what else is wrong
	}
	name = PrivateFolder + "/" + name
	if err := checkParents(root, name); err != nil {
		return err
	}
	for n := range maxBroken {
		aside := fmt.Sprintf("%s.broken%d", name, n+1)
		if _, err := root.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			return root.Rename(name, aside)
		}
	}
	return nil // they are all alike by now
}
