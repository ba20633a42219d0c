package atomicfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
)

// A state file is one of ours: a line with the version of its form and a
// checksum, and JSON. Files of versions before 0.2 are plain JSON.
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

// ReadState decodes a state file, without following links on the way. A missing
// file is fs.ErrNotExist; whatever is wrong with one that is there is a
// *BrokenError.
func ReadState(root *os.Root, name string, target any) error {
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

// maxBroken is how many broken files of one name are kept.
const maxBroken = 100

// SetAside moves a broken file out of the way: it keeps its name, with ".broken"
// and a number behind it.
func SetAside(root *os.Root, name string) (aside string, err error) {
	if err := checkParents(root, name); err != nil {
		return "", err
	}
	for n := range maxBroken {
		aside = fmt.Sprintf("%s.broken%d", name, n+1)
		if _, err := root.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break // the last of them is replaced: they are all alike by now
		}
	}
	return aside, root.Rename(name, aside)
}
