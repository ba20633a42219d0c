package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/apifyctl/apifyctl/internal/local"
)

// privateFolder is where internal/local keeps its own files, and we ours.
const privateFolder = ".apifyctl"

// InUseError is a directory that another server has.
type InUseError struct{ Dir string }

func (e *InUseError) Error() string { return "another server is serving " + e.Dir }

// A private is the folder .apifyctl of a storage directory, locked against a
// second server. A storage directory may come from elsewhere, so nothing in the
// folder is reached through a link: what serve writes stays there.
type private struct {
	path string
	root *os.Root // nil: the directory takes no files, not even a lock
	lock *flock.Flock
}

// openPrivate creates a storage directory and its .apifyctl where they are
// missing. *InUseError while another server has the directory.
func openPrivate(dir string) (p *private, err error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, &local.NotDirectoryError{Path: dir}
	}
	p = &private{path: filepath.Join(dir, privateFolder)}
	defer func() {
		if err == nil {
			return
		}
		err = errors.Join(err, p.close())
		if p = nil; readOnly(err) {
			p, err = &private{path: filepath.Join(dir, privateFolder)}, nil
		}
	}()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return p, fmt.Errorf("open %s: %w", dir, err)
	}
	storages, err := os.OpenRoot(dir)
	if err != nil {
		return p, fmt.Errorf("open %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, storages.Close()) }()
	if err := storages.Mkdir(privateFolder, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return p, fmt.Errorf("create %s: %w", p.path, err)
	}
	if err := isReal(storages, privateFolder, fs.FileMode.IsDir); err != nil {
		return p, fmt.Errorf("%s: %w", p.path, err)
	}
	if p.root, err = storages.OpenRoot(privateFolder); err != nil {
		return p, fmt.Errorf("open %s: %w", p.path, err)
	}
	return p, p.takeLock(dir)
}

const lockFile = "serve.lock"

// takeLock keeps a second server away. Commands beside a server take other
// locks, for as long as a change takes.
func (p *private) takeLock(dir string) error {
	file, err := p.root.OpenFile(lockFile, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	switch {
	case err == nil:
		err = file.Close()
	case errors.Is(err, fs.ErrExist):
		err = isReal(p.root, lockFile, fs.FileMode.IsRegular)
	}
	path := filepath.Join(p.path, lockFile)
	if err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	p.lock = flock.New(path)
	locked, err := p.lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	if !locked {
		return &InUseError{dir}
	}
	return nil
}

func (p *private) readOnly() bool { return p.root == nil }

func readOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// userFolder is the storage directory of an account. It need not exist.
func (p *private) userFolder(name string) (string, error) {
	for _, folder := range []string{"users", "users/" + name} {
		if p.root == nil {
			break
		}
		if err := isReal(p.root, folder, fs.FileMode.IsDir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s: %w", filepath.Join(p.path, filepath.FromSlash(folder)), err)
		}
	}
	return filepath.Join(p.path, "users", name), nil
}

var (
	errLink      = errors.New("it is a link, and links are not followed here")
	errWrongType = errors.New("it is neither missing nor what it should be, a plain file or folder")
)

// isReal refuses links, and whatever else is not of the wanted type.
func isReal(root *os.Root, name string, wanted func(fs.FileMode) bool) error {
	info, err := root.Lstat(name)
	switch {
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return errLink
	case !wanted(info.Mode()):
		return errWrongType
	}
	return nil
}

func (p *private) close() error {
	var errs []error
	if p.lock != nil {
		errs = append(errs, p.lock.Close())
	}
	if p.root != nil {
		errs = append(errs, p.root.Close())
	}
	return errors.Join(errs...)
}
