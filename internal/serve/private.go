package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
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
	lock *atomicfile.Lock
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
	if err := os.MkdirAll(dir, 0o777); err != nil { //nolint:gosec // the user's umask decides
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
	if p.root, err = atomicfile.OpenPlainFolder(storages, privateFolder); err != nil {
		return p, fmt.Errorf("open %s: %w", dir, err)
	}
	return p, p.takeLock(dir)
}

const lockFile = "serve.lock"

// takeLock keeps a second server away. Commands beside a server take other
// locks, for as long as a change takes.
func (p *private) takeLock(dir string) (err error) {
	if p.lock, err = atomicfile.OpenLock(p.root, lockFile); err != nil {
		return fmt.Errorf("lock %s: %w", p.path, err)
	}
	locked, err := p.lock.Try(false)
	if err != nil {
		return fmt.Errorf("lock %s: %w", p.path, err)
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
	if p.root != nil {
		if err := atomicfile.CheckPlain(p.root, "users/"+name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s: %w", p.path, err)
		}
	}
	return filepath.Join(p.path, "users", name), nil
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
