package sink

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// createUnnamed creates a file in a folder that has no name until linkFile
// gives it one, so that not even a killed process leaves litter. It returns nil
// where the file system has no such files, or the way to name them is missing.
func createUnnamed(dir string, mode fs.FileMode) *os.File {
	descriptor, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, uint32(mode.Perm()))
	if err != nil {
		return nil
	}
	file := os.NewFile(uintptr(descriptor), dir)
	if _, err := os.Stat(descriptorPath(file)); err != nil {
		_ = file.Close() // nothing was written
		return nil
	}
	return file
}

// linkFile fails with fs.ErrExist where something has the name.
func linkFile(file *os.File, path string) error {
	err := unix.Linkat(unix.AT_FDCWD, descriptorPath(file), unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return &os.LinkError{Op: "link", Old: file.Name(), New: path, Err: err}
	}
	return nil
}

func descriptorPath(file *os.File) string { return fmt.Sprintf("/proc/self/fd/%d", file.Fd()) }
