package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// SyncFiles brings the files 0, 1, … of a folder to the disk: all that the file
// system holds at once, which for many files is much quicker than each alone.
func SyncFiles(folder *os.Root, count int) error {
	dir, err := folder.Open(".")
	if err != nil {
		return err
	}
	err = unix.Syncfs(int(dir.Fd()))
	if errors.Is(err, unix.ENOSYS) {
		err = syncEach(folder, count)
	}
	return errors.Join(err, dir.Close())
}

// canSyncAll: see syncAll.
const canSyncAll = true

// syncAll brings to the disk all that the file system of a folder holds. Since
// Linux 5.8 it tells of errors.
func syncAll(folder *os.Root) error {
	dir, err := folder.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(dir.Fd())), dir.Close())
}

// SyncFolder brings the names in a folder to the disk.
func SyncFolder(root *os.Root, name string) error {
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
