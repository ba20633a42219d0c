//go:build !unix

package durable

import (
	"errors"
	"os"
	"time"
)

// Write makes a new file; synced: it is on the disk when write returns.
func (f *Folder) Write(name string, text []byte, synced bool) error {
	file, err := f.Root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil && synced {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, f.Remove(name))
	}
	return nil
}

// Read is false: there is no quicker way.
func (*Folder) Read(string) (text []byte, modified time.Time, ok bool) {
	return nil, modified, false
}

// OpenListing opens a folder for ReadDir to tell names and types.
func OpenListing(in *os.Root, name string) (*os.File, error) { return in.Open(name) }

// Remove is for a file that may be gone already.
func (f *Folder) Remove(name string) error { return IgnoreMissing(f.Root.Remove(name)) }
