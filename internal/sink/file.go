package sink

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const fileBuffer = 256 << 10

// File is a sink that appears at its path whole or not at all: it is written
// beside its destination, on Linux without a name, and renamed. Devices and pipes (/dev/stdout, a FIFO)
// are written to directly, there is nothing to rename.
type File struct {
	path      string // what Commit replaces; of a symbolic link the target
	unnamed   bool   // it has no name before Commit
	temporary string // its name before Commit; "" when it has none, or path is written to directly
	file      *os.File
	buffer    *bufio.Writer
	done      bool
	replace   func(temporary, path string) error // a rename
}

// InUseError means that the file at the path could not be replaced, because another
// program has it open. What was to take its place is whole, beside it.
type InUseError struct{ Path, Kept string }

func (e *InUseError) Error() string {
	return fmt.Sprintf("%s is open in another program, such as Excel; what was to replace it is in %s", e.Path, e.Kept)
}

// CreateFile starts a file, whose bytes stay as they are. It takes over the mode
// of a file that it replaces, and replaces the target of a symbolic link, not the
// link. The folder must exist.
func CreateFile(path string) (*File, error) {
	f := &File{replace: os.Rename}
	if err := f.open(path); err != nil {
		return nil, err
	}
	f.buffer = bufio.NewWriterSize(f.file, fileBuffer)
	return f, nil
}

func (f *File) open(path string) error {
	f.path = path
	if isDescriptor(path) {
		return f.openDirectly()
	}
	target, err := followLink(path)
	if err != nil {
		return err
	}
	f.path = target
	info, err := os.Stat(target) //nolint:gosec // the file that the user names
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.openBeside(0)
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "write", Path: path, Err: errors.New("is a directory")}
	case !info.Mode().IsRegular():
		return f.openDirectly()
	}
	return f.openBeside(info.Mode().Perm())
}

// openDirectly opens what cannot be replaced. It appends, for a shell may have
// opened a file for /dev/stdout with >>.
func (f *File) openDirectly() (err error) {
	f.file, err = os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND, 0)
	return err
}

// isDescriptor reports whether a path stands for an open file of this process.
// It may be a regular one, but it is the shell's, and not to be replaced.
func isDescriptor(path string) bool {
	path = filepath.ToSlash(filepath.Clean(path))
	return path == "/dev/stdout" || path == "/dev/stderr" ||
		strings.HasPrefix(path, "/dev/fd/") || strings.HasPrefix(path, "/proc/")
}

// followLink returns the file that a chain of symbolic links ends at, whether
// or not that exists, and any other path as it is.
func followLink(path string) (string, error) {
	const longest = 40 // as Linux has it
	for range longest {
		info, err := os.Lstat(path) //nolint:gosec // the file that the user names
		if err != nil {
			return path, nil //nolint:nilerr // a missing file is created, other errors show when it is opened
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return path, nil
		}
		link, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(path), link)
		}
		path = link
	}
	return "", &fs.PathError{Op: "open", Path: path, Err: errors.New("too many symbolic links")}
}

// openBeside creates what is renamed to the destination: a file without a name
// where the system can, else one with a temporary name. Mode 0 stands for a new
// file, which gets what the umask leaves.
func (f *File) openBeside(mode fs.FileMode) error {
	create := mode
	if mode == 0 {
		create = 0o666
	}
	dir := filepath.Dir(f.path)
	f.file = createUnnamed(dir, create)
	f.unnamed = f.file != nil
	if !f.unnamed {
		var err error
		if f.file, err = createTemporary(dir, create); err != nil {
			return fmt.Errorf("create a file in %s: %w", dir, withoutPath(err))
		}
		f.temporary = f.file.Name()
	}
	if mode != 0 {
		if err := f.file.Chmod(mode); err != nil { // the umask may have taken bits away
			return Both(err, f.Abort())
		}
	}
	return nil
}

func (f *File) Write(p []byte) (int, error) {
	n, err := f.buffer.Write(p)
	return n, f.failure(err)
}

// Commit writes what is buffered, makes it durable and puts the file in its
// place. When any of that fails, nothing is left of it and what stood at the
// path is untouched.
func (f *File) Commit() error {
	if f.done {
		return fs.ErrClosed
	}
	if err := f.finish(); err != nil {
		return Both(f.failure(err), f.Abort())
	}
	if f.unnamed {
		if err := f.link(); err != nil {
			return Both(f.failure(err), f.Abort())
		}
	}
	f.done = true
	err := f.file.Close()
	switch {
	case f.temporary != "":
		if err == nil {
			err = f.replace(f.temporary, f.path)
		}
		if inUse(err, f.path) {
			return f.keepBeside()
		}
		if err != nil {
			return Both(f.failure(err), os.Remove(f.temporary))
		}
	case err != nil || !f.unnamed:
		return f.failure(err)
	}
	return syncFolder(filepath.Dir(f.path))
}

// keepBeside gives the file a name beside the one that another program holds.
func (f *File) keepBeside() error {
	ending := filepath.Ext(f.path)
	for i := 1; ; i++ {
		kept := fmt.Sprintf("%s.new%d%s", strings.TrimSuffix(f.path, ending), i, ending)
		if _, err := os.Lstat(kept); err == nil {
			continue // of an earlier try, or somebody else's
		}
		if err := f.replace(f.temporary, kept); err != nil {
			return Both(f.failure(err), os.Remove(f.temporary))
		}
		return Both(&InUseError{Path: f.path, Kept: kept}, syncFolder(filepath.Dir(f.path)))
	}
}

func (f *File) finish() error {
	if err := f.buffer.Flush(); err != nil {
		return err
	}
	if f.temporary == "" && !f.unnamed {
		return nil // devices and pipes cannot be synced
	}
	return f.file.Sync()
}

// Abort removes the temporary file. After Commit it does nothing.
func (f *File) Abort() error {
	if f.done {
		return nil
	}
	f.done = true
	err := f.file.Close()
	if f.temporary != "" {
		err = Both(err, os.Remove(f.temporary))
	}
	return err
}

// failure names the destination: the temporary name means nothing to a user.
func (f *File) failure(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write %s: %w", f.path, withoutPath(err))
}

// withoutPath is the cause of an error of package os, without the operation
// and the path, which is that of the temporary file.
func withoutPath(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	if linkErr, ok := errors.AsType[*os.LinkError](err); ok {
		return linkErr.Err
	}
	return err
}
