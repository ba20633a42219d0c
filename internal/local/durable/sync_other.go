//go:build !linux

package durable

import (
	"errors"
	"os"
)

// Files have to be synced one by one here.
const canSyncAll = false

func syncAll(*os.Root) error { return errors.ErrUnsupported }
