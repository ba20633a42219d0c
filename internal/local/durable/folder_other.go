//go:build !unix

package durable

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
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

// ReadRegular reads a regular file of up to limit bytes, without following a link
// and without waiting for the other end of a pipe, and tells what it was before
// that. Anything else is an *atomicfile.IrregularError.
func (f *Folder) ReadRegular(name string, limit int64) (text []byte, times Times, err error) {
	file, err := atomicfile.OpenRegular(f.Root, name, os.O_RDONLY)
	if err != nil {
		return nil, times, err
	}
	info, err := file.Stat()
	if err == nil {
		text, err = io.ReadAll(io.LimitReader(file, limit+1))
	}
	if err == nil && int64(len(text)) > limit {
		err = tooLarge(limit)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, times, err
	}
	return text, Times{Modified: info.ModTime(), Changed: ChangeTime(info)}, nil
}

// Overwrite is false: files are written anew here.
func (*Folder) Overwrite(string, []byte, []byte) (times Times, done bool, err error) {
	return times, false, nil
}

// Touch sets the folder's time, as adding or removing a file would.
func (f *Folder) Touch() error {
	now := time.Now()
	return f.Root.Chtimes(".", now, now)
}

// OpenListing opens a folder for ReadDir to tell names and types.
func OpenListing(in *os.Root, name string) (*os.File, error) { return in.Open(name) }

// Remove is for a file that may be gone already.
func (f *Folder) Remove(name string) error { return atomicfile.IgnoreMissing(f.Root.Remove(name)) }
