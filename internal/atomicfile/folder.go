package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// Folder is an open folder. Names are those of files in the folder itself.
type Folder struct {
	Root *os.Root
	dir  *os.File
	path string // below what it was opened in
}

// OpenFolder opens a folder; Close closes it.
func OpenFolder(in *os.Root, name string) (*Folder, error) {
	root, err := in.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	dir, err := root.Open(".")
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Folder{root, dir, name}, nil
}

// Close closes the folder.
func (f *Folder) Close() error { return errors.Join(f.dir.Close(), f.Root.Close()) }

// NewFile is a file that is to be made.
type NewFile struct {
	Name string
	Text []byte
}

// manyFiles is from how many files on it takes less to bring to the disk all that
// the file system holds than each of them. That may be what others write, too: a
// few files do not wait for it.
const manyFiles = 8

// maxWaiting is how many files wait for the disk at once: the file system brings
// them there together.
const maxWaiting = 64

// WriteAll makes new files, which are on the disk when it returns. When it fails,
// some of them may be there.
func (f *Folder) WriteAll(files []NewFile) error {
	if !canSyncAll || len(files) < manyFiles {
		var group errgroup.Group
		group.SetLimit(maxWaiting)
		for _, each := range files {
			group.Go(func() error { return Create(f.Root, each.Name, each.Text) })
		}
		return group.Wait()
	}
	for _, each := range files {
		if err := f.write(each); err != nil {
			return err
		}
	}
	return syncAll(f.Root)
}

// write makes a file that is not on the disk yet.
func (f *Folder) write(n NewFile) error {
	file, err := f.Root.OpenFile(n.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = file.Write(n.Text)
	return errors.Join(err, file.Close())
}

// Remove is for a file that may be gone already.
func (f *Folder) Remove(name string) error { return IgnoreMissing(f.Root.Remove(name)) }

// Touch sets the folder's time, as adding or removing a file would.
func (f *Folder) Touch() error {
	now := time.Now()
	return f.Root.Chtimes(".", now, now)
}

// Times are when a file's content was last written, and when the file was last
// changed in any way: see ChangeTime.
type Times struct{ Modified, Changed time.Time }

// ErrUnreadable is in the error for a regular file that is too large, or that
// somebody writes to while it is read.
var ErrUnreadable = errors.New("it cannot be read whole")

// ReadRegular reads a regular file of up to limit bytes, without following a link
// and without waiting for the other end of a pipe, and tells what it was before
// that. Anything else is an *IrregularError.
func (f *Folder) ReadRegular(name string, limit int64) (text []byte, times Times, err error) {
	file, err := OpenRegular(f.Root, name, os.O_RDONLY)
	if err != nil {
		return nil, times, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, times, err
	}
	if info.Size() > limit {
		return nil, times, fmt.Errorf("%w: it is larger than %d bytes", ErrUnreadable, limit)
	}
	text, err = readAll(file, info.Size())
	if err == nil && int64(len(text)) > info.Size() {
		err = fmt.Errorf("%w: it is being written to", ErrUnreadable)
	}
	return text, Times{Modified: info.ModTime(), Changed: ChangeTime(info)}, err
}

// readAll reads a file of a size. One byte more tells that it has grown.
func readAll(file *os.File, size int64) ([]byte, error) {
	text := make([]byte, size+1)
	n, err := file.ReadAt(text, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return text[:n], err
}

// Overwrite writes a new text of the same length over a file's old one, as far as
// they differ, and does not wait for the disk. It is false where that cannot be
// done: the file holds something else by now, has another name as well, or may
// not be written to. Then nothing has happened.
func (f *Folder) Overwrite(name string, old, text []byte) (times Times, done bool, err error) {
	file, err := OpenRegular(f.Root, name, os.O_RDWR)
	if err != nil || len(text) != len(old) {
		return times, false, nil // what is wrong shows when a new file is written
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil || linkCount(info) != 1 || info.Size() != int64(len(old)) {
		return times, false, err
	}
	now, err := readAll(file, info.Size())
	if err != nil || !bytes.Equal(now, old) {
		return times, false, nil // nor here
	}
	first, end := difference(old, text)
	if _, err := file.WriteAt(text[first:end], int64(first)); err != nil {
		return times, false, err
	}
	if info, err = file.Stat(); err != nil {
		return times, true, err
	}
	return Times{Modified: info.ModTime(), Changed: ChangeTime(info)}, true, nil
}

// difference is where two texts of the same length begin and cease to differ.
func difference(a, b []byte) (first, end int) {
	for first < len(a) && a[first] == b[first] {
		first++
	}
	for end = len(a); end > first && a[end-1] == b[end-1]; {
		end--
	}
	return first, end
}
