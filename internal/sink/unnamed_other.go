//go:build !linux

package sink

import (
	"errors"
	"io/fs"
	"os"
)

// createUnnamed returns nil: files have names here.
func createUnnamed(string, fs.FileMode) *os.File { return nil }

func linkFile(*os.File, string) error { return errors.ErrUnsupported }
