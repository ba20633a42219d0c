//go:build !linux

package durable

import (
	"errors"
	"os"
	"runtime"
)

// SyncFiles brings the files 0, 1, … of a folder to the disk.
func SyncFiles(folder *os.Root, count int) error { return syncEach(folder, count) }

// Files have to be synced one by one here.
const canSyncAll = false

func syncAll(*os.Root) error { return errors.ErrUnsupported }

// SyncFolder brings the names in a folder to the disk. Windows has no such
// call, and keeps them in its journal.
func SyncFolder(root *os.Root, name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
