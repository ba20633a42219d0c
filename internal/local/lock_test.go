package local

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/durable"
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
	left, err := os.ReadDir(filepath.Join(s.dir, filepath.FromSlash(durable.TemporaryFolder)))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
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
	group.Go(func() {
		for range rounds {
			s.want(200, "GET", "/datasets/"+id+"/items?limit=1", "")
		}
	})
	group.Wait()
	if got := s.want(200, "GET", "/datasets/"+id, "").data(t)["itemCount"]; got != float64(2*2*rounds) {
		t.Errorf("%v items", got)
	}
	if got := s.want(200, "GET", "/datasets", "").data(t)["total"]; got != 1.0 {
		t.Errorf("%v datasets", got)
	}
}
