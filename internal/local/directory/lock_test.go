package directory

import (
	"context"
	"errors"
	"testing"
)

// Waiting for a lock ends with the context, and the lock can be had when its
// holder is done.
func TestLockIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	ours, err := Open(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := Open(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	root, err := theirs.Root()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}()
	name := storageLock(Datasets, "d")
	unlock, err := theirs.lock(t.Context(), root, name)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second one waits behind the first, which cannot be called off
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("enough")
		go cancel(why)
		if _, err := ours.lock(ctx, root, name); !errors.Is(err, why) {
			t.Errorf("waiting ended with %v", err)
		}
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = ours.lock(t.Context(), root, name)
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}
