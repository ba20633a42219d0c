package sink

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// inUse tells that a file could not be replaced because a program has it open, as
// Excel has what it shows.
// Windows denies access then, too, as it does where the file may only be read.
func inUse(err error, path string) bool {
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		info, err := os.Stat(path)
		return err == nil && info.Mode().Perm()&0o200 != 0
	}
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) || errors.Is(err, windows.ERROR_USER_MAPPED_FILE)
}
