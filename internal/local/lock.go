package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a lock that somebody else holds is tried again.
const lockPoll = 3 * time.Millisecond

// lock keeps other handlers and processes from changing storages of this kind.
// There is one lock a kind: what is done under it is short.
func (h *Handler) lock(ctx context.Context, root *os.Root, k kind) (unlock func() error, err error) {
	if err := root.MkdirAll(k.stateFolder(), 0o777); err != nil {
		return nil, err
	}
	file := flock.New(filepath.Join(h.dir, privateFolder, k.lockFile()))
	if _, err := file.TryLockContext(ctx, lockPoll); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Unlock, nil
}
