package local

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncFiles brings the files 0, 1, … of a folder to the disk: all that the file
// system holds at once, which for many files is much quicker than each alone.
func syncFiles(folder *os.Root, count int) error {
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

// syncFolder brings the names in a folder to the disk.
func syncFolder(root *os.Root, name string) error {
	dir, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
