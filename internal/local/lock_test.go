package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// lockDir is the environment of a second process: the directory to work on.
const lockDir = "LOCAL_TEST_LOCK_DIR"

// Two processes change the same storages, one of them without a pause. Both
// get their turn, and nothing is lost.
func TestTwoProcessesTakeTurns(t *testing.T) {
	if dir := os.Getenv(lockDir); dir != "" {
		s := newSite(t, dir)
		for i := range 10 {
			s.want(201, "PUT", fmt.Sprintf("/key-value-stores/~shared/records/theirs-%d", i), "theirs")
			s.want(201, "POST", "/datasets/~shared/items", numbersFrom(1000+2*i, 2))
			s.want(201, "POST", fmt.Sprintf("/datasets?name=theirs-%d", i), "")
		}
		return
	}
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=shared", "")
	s.want(201, "POST", "/key-value-stores?name=shared", "")
	var done atomic.Bool
	var ours [4]int
	var group sync.WaitGroup
	for who := range ours {
		group.Go(func() {
			for ; !done.Load() || ours[who] == 0; ours[who]++ {
				n := 10_000*(who+1) + 2*ours[who]
				s.want(201, "PUT", fmt.Sprintf("/key-value-stores/~shared/records/ours-%d", n), "ours")
				s.want(201, "POST", "/datasets/~shared/items", numbersFrom(n, 2))
			}
		})
	}
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.count=1")
	command.Env = append(os.Environ(), lockDir+"="+s.dir)
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("second process: %v\n%s", err, output)
	}
	done.Store(true)
	group.Wait()

	want := 10
	for _, rounds := range ours {
		want += rounds
	}
	fresh := newSite(t, s.dir)
	if got := fresh.want(200, "GET", "/datasets/~shared", "").data(t)["itemCount"]; got != float64(2*want) {
		t.Errorf("%v items, want %d", got, 2*want)
	}
	if files, err := filepath.Glob(filepath.Join(s.dir, "key_value_stores", "shared", "*")); err != nil || len(files) != want {
		t.Errorf("%d records, %v; want %d", len(files), err, want)
	}
	if got := fresh.want(200, "GET", "/datasets", "").data(t)["total"]; got != 11.0 {
		t.Errorf("%v datasets, want 11", got)
	}
	left, err := os.ReadDir(filepath.Join(s.dir, filepath.FromSlash(temporaryFolder)))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Waiting for a lock ends with the context, and the lock can be had when its
// holder is done.
func TestLockIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := newSite(t, dir).handler, newSite(t, dir).handler
	root, err := theirs.root()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}()
	name := storageLock(datasets, "d")
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

// A storage that is renamed or deleted while somebody waits to change it is
// looked for again.
func TestChangeFollowsRenaming(t *testing.T) {
	s := newSite(t, t.TempDir())
	var group sync.WaitGroup
	id, _ := s.want(201, "POST", "/datasets?name=a", "").data(t)["id"].(string)
	const rounds = 30
	group.Go(func() {
		for i := range rounds {
			s.want(200, "PUT", "/datasets/"+id, fmt.Sprintf(`{"name":"d%d"}`, i%3))
		}
	})
	for range 2 {
		group.Go(func() {
			for i := range rounds {
				s.want(201, "POST", "/datasets/"+id+"/items", numbersFrom(2*i, 2))
			}
		})
	}
	group.Wait()
	if got := s.want(200, "GET", "/datasets/"+id, "").data(t)["itemCount"]; got != float64(2*2*rounds) {
		t.Errorf("%v items", got)
	}
	if got := s.want(200, "GET", "/datasets", "").data(t)["total"]; got != 1.0 {
		t.Errorf("%v datasets", got)
	}
}

// Folders are synced for all who wait, and every one of them hears of an error.
func TestFolderSyncs(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	var syncs folderSyncs
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if err := syncs.sync(root, "."); err != nil {
				t.Error(err)
			}
			if err := syncs.sync(root, "gone"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(syncs.folders) != 0 {
		t.Errorf("%d folders are kept", len(syncs.folders))
	}
	if err := root.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syncs.sync(root, "."); err == nil {
		t.Error("a folder that cannot be synced was synced")
	}
}
