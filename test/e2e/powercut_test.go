//go:build linux

package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// The power fails while records, items and requests come in: what the clients
// were told is there when the file system is mounted again.
//
// The storage directory is on an ext4 in a file, and that file on an XFS, which
// can copy it at one instant as it is: with all that ext4 has sent to its disk,
// and nothing of what it still had in memory. It takes root, loop devices and
// mkfs.xfs. A file that was written and not synced shows that something is lost.
func TestPowerCut(t *testing.T) {
	if os.Getenv("APIFYCTL_SLOW_TESTS") == "" {
		t.Skip("SKIPPED: only with APIFYCTL_SLOW_TESTS")
	}
	for _, tool := range []string{"mkfs.xfs", "mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(tool); err != nil || os.Getuid() != 0 {
			t.Skipf("SKIPPED: it takes root and %s", tool)
		}
	}
	p := &powerCut{t: t, outer: filepath.Join(t.TempDir(), "outer"), inner: filepath.Join(t.TempDir(), "inner"), acknowledged: map[string]string{}}
	p.mount()
	s := newServed(t)
	s.dir = filepath.Join(p.inner, "storage")
	s.start()
	for _, collection := range []string{"datasets", "key-value-stores", "request-queues"} {
		s.create(collection)
	}
	stop := make(chan struct{})
	var group sync.WaitGroup
	for who := range 16 {
		group.Go(func() { p.write(s, who, stop) })
	}
	for cut := range 20 {
		time.Sleep(200 * time.Millisecond)
		p.cut(s, cut)
	}
	close(stop)
	group.Wait()
	s.kill()
	if p.lost == 0 {
		t.Error("nothing was lost that had not been synced: the test shows nothing")
	}
	t.Logf("20 power cuts; %d changes were acknowledged, %d files that had not been synced were lost", len(p.acknowledged), p.lost)
}

type powerCut struct {
	t            *testing.T
	outer, inner string
	mutex        sync.Mutex
	acknowledged map[string]string // contents by path; "" for an item or a request
	lost         int
}

func (p *powerCut) run(name string, arguments ...string) {
	p.t.Helper()
	if output, err := exec.Command(name, arguments...).CombinedOutput(); err != nil { //nolint:noctx // the test's own
		p.t.Fatalf("%s %q: %v: %s", name, arguments, err, output)
	}
}

func (p *powerCut) mount() {
	p.t.Helper()
	image := p.outer + ".img"
	for _, dir := range []string{p.outer, p.inner} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			p.t.Fatal(err)
		}
	}
	p.run("truncate", "-s", "2G", image)
	p.run("mkfs.xfs", "-q", "-m", "reflink=1", image)
	p.run("mount", "-o", "loop", image, p.outer)
	p.t.Cleanup(func() { p.run("umount", "-l", p.outer) })
	disk := filepath.Join(p.outer, "disk.img")
	p.run("truncate", "-s", "256M", disk)
	p.run("mkfs.ext4", "-q", "-F", disk)
	p.run("mount", "-o", "loop", disk, p.inner)
	p.t.Cleanup(func() { p.run("umount", "-l", p.inner) })
}

// write changes things, and notes what was acknowledged.
func (p *powerCut) write(s *served, who int, stop chan struct{}) {
	for turn := 0; ; turn++ {
		select {
		case <-stop:
			return
		default:
		}
		key := fmt.Sprintf("key-%d-%d", who, turn)
		text := strings.Repeat(key+" ", 1+turn%200)
		done := p.send(s, http.MethodPut, "/key-value-stores/~shared/records/"+key, "text/plain; charset=utf-8", text, recordFile(key), text) &&
			p.send(s, http.MethodPost, "/datasets/~shared/items", "application/json", fmt.Sprintf(`[{"item":%q},{"n":2}]`, key), `"item":"`+key+`"`, "") &&
			p.send(s, http.MethodPost, "/request-queues/~shared/requests", "application/json", fmt.Sprintf(`{"url":"https://example.com/%s","uniqueKey":%q}`, key, key), `"uniqueKey":"`+key+`"`, "")
		if !done {
			return
		}
	}
}

func recordFile(key string) string { return "key_value_stores/shared/" + key + ".txt" }

// send makes a change, after which what has the content.
func (p *powerCut) send(s *served, method, path, contentType, body, what, content string) bool {
	status, answer, err := s.askWith(method, path, contentType, strings.NewReader(body))
	if err != nil || status != http.StatusCreated {
		p.t.Errorf("%s %s: %d %s, %v", method, path, status, answer, err)
		return false
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.acknowledged[what] = content
	return true
}

// cut copies the disk as it is, mounts the copy and looks at what is there.
func (p *powerCut) cut(s *served, number int) {
	p.t.Helper()
	unsynced := filepath.Join(p.inner, fmt.Sprintf("unsynced-%d", number))
	if err := os.WriteFile(unsynced, []byte("unsynced"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.mutex.Lock()
	acknowledged := maps.Clone(p.acknowledged)
	p.mutex.Unlock()
	image := filepath.Join(p.outer, "cut.img")
	p.run("cp", "--reflink=always", filepath.Join(p.outer, "disk.img"), image)
	mounted := p.t.TempDir()
	p.run("mount", "-o", "loop", image, mounted)
	defer func() {
		p.run("umount", mounted)
		p.run("rm", image)
	}()
	after := &served{t: s.t, dir: filepath.Join(mounted, "storage")}
	var shown string
	for _, kind := range []string{"datasets", "queues"} {
		output, err := after.program(kind, "export", "shared", "-f", "jsonl").Output()
		if err != nil {
			p.t.Errorf("power cut %d: export of %s: %v", number, kind, err)
		}
		shown += string(output)
	}
	if items, pairs := strings.Count(shown, `"item":`), strings.Count(shown, `{"n":2}`); items != pairs {
		p.t.Errorf("power cut %d: %d first items of pushes, %d second ones", number, items, pairs)
	}
	for path, want := range acknowledged {
		if want == "" {
			if !strings.Contains(shown, path) {
				p.t.Errorf("power cut %d: %s is lost", number, path)
			}
			continue
		}
		got, err := os.ReadFile(filepath.Join(mounted, "storage", path))
		if err != nil || string(got) != want {
			p.t.Errorf("power cut %d: %s has %d bytes of %d, %v", number, path, len(got), len(want), err)
		}
	}
	files, err := filepath.Glob(filepath.Join(mounted, "storage", "key_value_stores", "shared", "*"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, file := range files { // whether it was acknowledged or not
		text, err := os.ReadFile(file)
		key := strings.TrimSuffix(filepath.Base(file), ".txt")
		if err != nil || len(text) == 0 || strings.ReplaceAll(string(text), key+" ", "") != "" {
			p.t.Errorf("power cut %d: %s is not whole: %d bytes, %v", number, file, len(text), err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(mounted, filepath.Base(unsynced))); err != nil || len(text) == 0 {
		p.lost++
	}
}
