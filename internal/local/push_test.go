package local

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/apifyctl/apifyctl/internal/inprocess"
	"github.com/apifyctl/apifyctl/internal/local/directory"
)

const (
	pushers    = 4
	pushRounds = 10
	pushSize   = 7
	pusherDir  = "LOCAL_TEST_PUSH_DIR" // environment of the second process
)

// pushAll pushes numbered items, many times.
func pushAll(ctx context.Context, dir string, who int) error {
	h, err := Open(dir, Options{})
	if err != nil {
		return err
	}
	client := &http.Client{Transport: inprocess.New(h)}
	for round := range pushRounds {
		body := numbersFrom(who*1000+round*pushSize, pushSize)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://x/v2/datasets/~shared/items", strings.NewReader(body))
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		if err := response.Body.Close(); err != nil {
			return err
		}
		if response.StatusCode != http.StatusCreated {
			return fmt.Errorf("push: %s", response.Status)
		}
	}
	return h.Close()
}

func TestConcurrentPushes(t *testing.T) {
	if dir := os.Getenv(pusherDir); dir != "" {
		if err := pushAll(t.Context(), dir, pushers); err != nil {
			t.Fatal(err)
		}
		return
	}
	s := newSite(t, t.TempDir())
	s.want(201, "POST", "/datasets?name=shared", "")
	path := filepath.Join(s.dir, "datasets", "shared", directory.MetadataFile)
	writeFile(t, path, `{"id":"8e10d657-67e8-4e33-baf2-05a52d7137ca","name":"shared","itemCount":0}`)

	var group sync.WaitGroup
	for who := range pushers {
		group.Go(func() {
			if err := pushAll(t.Context(), s.dir, who); err != nil {
				t.Error(err)
			}
		})
	}
	group.Go(func() {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestConcurrentPushes$", "-test.count=1")
		command.Env = append(os.Environ(), pusherDir+"="+s.dir)
		if output, err := command.CombinedOutput(); err != nil {
			t.Errorf("second process: %v\n%s", err, output)
		}
	})
	group.Wait()

	var items []struct{ N int }
	if err := json.Unmarshal([]byte(s.want(200, "GET", "/datasets/~shared/items", "").body), &items); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for i, item := range items {
		seen[item.N] = true
		if item.N%1000%pushSize != 0 && items[i-1].N != item.N-1 {
			t.Errorf("item %d follows %d: a push was torn apart", item.N, items[i-1].N)
		}
	}
	const want = (pushers + 1) * pushRounds * pushSize
	if len(items) != want || len(seen) != want {
		t.Errorf("%d items, %d different ones, want %d", len(items), len(seen), want)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), fmt.Sprintf(`"itemCount": %d`, want)) {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "datasets", "shared", itemName(want))); err != nil {
		t.Error(err)
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("SKIPPED: root may write everywhere")
	}
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: folders have no such mode here")
	}
	s := newSite(t, t.TempDir())
	writeFile(t, filepath.Join(s.dir, "datasets", "d", "000000001.json"), "{}")
	if err := os.Chmod(s.dir, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // else it cannot be removed
		if err := os.Chmod(s.dir, 0o700); err != nil {
			t.Error(err)
		}
	})
	s.want(200, "GET", "/datasets/~d/items", "")
	if got := s.want(403, "POST", "/datasets/~d/items", "{}"); got.errorType(t) != "insufficient-permissions" {
		t.Error(got.body)
	}
}
