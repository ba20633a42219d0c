package durable

import (
	"errors"
	"io/fs"
	"os"
)

// Put gives a file another name, which must be free: else fs.ErrExist. File
// systems without hard links get a copy.
func Put(root *os.Root, from, to string) error {
	err := root.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	text, readErr := root.ReadFile(from)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	file, err := root.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, root.Remove(to))
	}
	return nil
}
