package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A storage directory may come from somebody else. What is no regular file in it
// (a link, a named pipe, a device) is no data: it is neither followed nor waited
// for.

// IrregularError is something that is not the plain file or folder that is
// expected at its place.
type IrregularError struct {
	Name string
	Mode fs.FileMode
}

func (e *IrregularError) Error() string {
	what := "not a regular file"
	switch {
	case e.Mode.IsDir():
		what = "a folder"
	case e.Mode&fs.ModeSymlink != 0:
		what = "a link"
	case e.Mode&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	case e.Mode&fs.ModeSocket != 0:
		what = "a socket"
	case e.Mode&fs.ModeDevice != 0:
		what = "a device"
	case e.Mode.IsRegular():
		what = "a file"
	}
	return fmt.Sprintf("%s is %s, which is not allowed there", e.Name, what)
}

// OpenRegular opens a file that is there, and regular, without following a link
// and without waiting for the other end of a pipe. Anything else is an
// *IrregularError.
func OpenRegular(root *os.Root, name string, flags int) (*os.File, error) {
	before, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, &IrregularError{name, before.Mode()}
	}
	file, err := root.OpenFile(name, flags|nonblocking, 0)
	if err != nil {
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil && !opened.Mode().IsRegular() {
		err = &IrregularError{name, opened.Mode()}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// OpenPlainFolder opens a folder that is there, and neither a link nor behind one.
func OpenPlainFolder(root *os.Root, name string) (*os.Root, error) {
	if err := CheckPlain(root, name); err != nil {
		return nil, err
	}
	return root.OpenRoot(name)
}

// CheckPlain refuses a path on which something is no folder, a link say.
func CheckPlain(root *os.Root, name string) error { return checkParents(root, name+"/") }

// checkParents is CheckPlain for the folder that name is in.
func checkParents(root *os.Root, name string) error {
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		info, err := root.Lstat(name[:i])
		if err == nil && !info.IsDir() {
			err = &IrregularError{name[:i], info.Mode()}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// MakePlain is MkdirAll for folders none of which may be a link.
func MakePlain(root *os.Root, name string) error {
	err := CheckPlain(root, name)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := root.MkdirAll(name, 0o777); err != nil {
		return err
	}
	return CheckPlain(root, name)
}
