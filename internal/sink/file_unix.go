//go:build unix

package sink

import (
	"errors"
	"os"
	"syscall"
)

// syncFolder makes a rename durable. Some file systems (FUSE, network shares)
// cannot sync a folder and say so with EINVAL or ENOTSUP: the file itself is
// safe by then.
func syncFolder(dir string) error {
	folder, err := os.Open(dir) //nolint:gosec // the folder of the file that the user names
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return nil // a folder that may be written but not read
		}
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}
