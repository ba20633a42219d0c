package sink

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Appended is a file to which something is appended. It shows while it is being
// written; when it is not committed, it is cut back to what it was.
type Appended struct {
	file   *os.File
	buffer *bufio.Writer
	path   string
	begin  int64 // what was there and counts
	end    int64 // once it is committed
	done   bool
}

// Append opens a file to append to its first so many bytes; what is behind them is
// cut off. With 0 it may be missing.
func Append(path string, length int64) (*Appended, error) {
	flags := os.O_RDWR
	if length == 0 {
		flags |= os.O_CREATE
	}
	file, err := os.OpenFile(path, flags, 0o666) // #nosec G302 G304 -- the user names it, and the umask decides
	if err != nil {
		return nil, err
	}
	a := &Appended{file: file, path: path, begin: length, buffer: bufio.NewWriterSize(file, fileBuffer)}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = &fs.PathError{Op: "append to", Path: path, Err: errors.New("is no regular file")}
	case info.Size() < length:
		err = fmt.Errorf("append to %s: it has %d bytes, and had %d", path, info.Size(), length)
	default:
		err = file.Truncate(length)
	}
	if err == nil {
		_, err = file.Seek(length, io.SeekStart)
	}
	if err != nil {
		return nil, Both(err, file.Close())
	}
	return a, nil
}

func (a *Appended) Write(p []byte) (int, error) { return a.buffer.Write(p) }

// Commit makes what was appended durable.
func (a *Appended) Commit() error {
	if a.done {
		return fs.ErrClosed
	}
	err := a.buffer.Flush()
	if err == nil {
		err = a.file.Sync()
	}
	if err == nil {
		a.end, err = a.file.Seek(0, io.SeekCurrent)
	}
	if err != nil {
		return Both(fmt.Errorf("write %s: %w", a.path, withoutPath(err)), a.Abort())
	}
	a.done = true
	if err := a.file.Close(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(a.path))
}

// Length is that of the file once it is committed.
func (a *Appended) Length() int64 { return a.end }

// Abort leaves the file as it was.
func (a *Appended) Abort() error {
	if a.done {
		return nil
	}
	a.done = true
	err := a.file.Truncate(a.begin)
	return Both(err, a.file.Close())
}
