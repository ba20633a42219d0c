package atomicfile

import (
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// Many take and release a claim as fast as they can: only one has it at a time, and
// its file is gone in the end.
func TestClaim(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}()
	var holders, taken atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 300 {
				claim, err := TakeClaim(root, "lock")
				if err != nil {
					t.Error(err)
					return
				}
				if claim == nil {
					continue
				}
				taken.Add(1)
				if n := holders.Add(1); n != 1 {
					t.Errorf("%d have it", n)
				}
				holders.Add(-1)
				if err := claim.Release(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if taken.Load() == 0 {
		t.Error("nobody ever had it")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
