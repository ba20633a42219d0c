package serve

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"

	"github.com/apifyctl/apifyctl/internal/local"
)

// InUseError is a directory that another server has.
type InUseError struct{ Dir string }

func (e *InUseError) Error() string { return "another server is serving " + e.Dir }

// directoryLock keeps a second server away. Commands beside a server take other
// locks, for as long as a change takes.
type directoryLock struct {
	file     *flock.Flock
	readOnly bool // the directory takes no files, not even a lock
}

func lockDirectory(dir string) (*directoryLock, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return nil, &local.NotDirectoryError{Path: dir}
	}
	private := filepath.Join(dir, privateFolder)
	err := os.MkdirAll(private, 0o777)
	if err == nil {
		file := flock.New(filepath.Join(private, "serve.lock"))
		var locked bool
		if locked, err = file.TryLock(); err == nil {
			if !locked {
				return nil, errors.Join(&InUseError{dir}, file.Close())
			}
			return &directoryLock{file: file}, nil
		}
		err = errors.Join(err, file.Close())
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return &directoryLock{readOnly: true}, nil
	}
	return nil, fmt.Errorf("lock %s: %w", dir, err)
}

func (l *directoryLock) release() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// keyLength is in bytes.
const keyLength = 32

// signingKey is what the storages' signing secrets are derived from; made once,
// so that links stay valid. Nil where the directory cannot be written to.
// Whoever calls it holds the directory's lock.
func signingKey(dir string) ([]byte, error) {
	name := filepath.Join(dir, privateFolder, "signing-key")
	key, err := os.ReadFile(name)
	if err == nil && len(key) == keyLength {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return nil, err
	}
	key = make([]byte, keyLength)
	_, _ = rand.Read(key) // never fails
	err = os.WriteFile(name, key, 0o600)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return key, err
}
