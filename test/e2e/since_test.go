package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Exports with --since-last are interrupted at random moments, by signals and by
// kill -9, while the datasets grow and new ones are made. In the end every item is
// there exactly once, in each of the ways to write. APIFYCTL_SLOW_TESTS=1: 1000
// interruptions.
func TestSinceLastInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: no signals here")
	}
	t.Parallel()
	interruptions := 12
	if os.Getenv("APIFYCTL_SLOW_TESTS") != "" {
		interruptions = 1000
	}
	s := newServed(t)
	s.start()
	dir := t.TempDir()
	g := &growing{served: s}
	for range 3 {
		g.grow()
	}
	ways := [][]string{
		{"--merge", "-o", filepath.Join(dir, "merged.jsonl")},
		{"--merge", "-o", filepath.Join(dir, "at-{time}", "merged.json")},
		{"-o", filepath.Join(dir, "appended", "{id}.jsonl.gz")},
		{"-o", filepath.Join(dir, "on-{date}", "{id}.json")},
	}
	export := func(way []string) []string {
		return append([]string{"datasets", "export", "--all", "--since-last", "--state", filepath.Join(dir, "states", fmt.Sprint(slices.IndexFunc(ways, func(w []string) bool { return &w[0] == &way[0] })))}, way...)
	}
	var over atomic.Bool
	var group sync.WaitGroup
	group.Go(func() {
		for !over.Load() {
			g.grow()
			time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		}
	})
	start := time.Now()
	s.mustRun(t, export(ways[0])...)
	most := time.Since(start)
	interrupted, by := 0, map[string]int{}
	rounds := 0
	for ; interrupted < interruptions && rounds < 20*interruptions; rounds++ {
		if done, signal := s.interrupt(t, most, export(ways[rounds%len(ways)])...); done {
			interrupted++
			by[signal]++
		}
	}
	if interrupted < interruptions {
		t.Errorf("%d of %d exports were interrupted, want %d", interrupted, rounds, interruptions)
	}
	over.Store(true)
	group.Wait()
	want := g.items()
	for i, way := range ways {
		s.mustRun(t, export(way)...)
		time.Sleep(time.Second) // {time} must be another one
		if said := s.mustSay(t, export(way)...); !strings.Contains(said, "nothing is new") {
			t.Errorf("way %d: there is more: %s", i, said)
		}
	}
	folders := [][]string{{"merged.jsonl"}, {"at-"}, {"appended"}, {"on-"}}
	for i, prefix := range folders {
		got := g.written(t, dir, prefix[0])
		if !slices.Equal(got, want) {
			t.Errorf("way %d: %d items, want %d; the first that differs: %s", i, len(got), len(want), firstDifference(got, want))
		}
	}
	t.Logf("%d of %d exports were interrupted, by %v; %d items in %d datasets", interrupted, rounds, by, len(want), len(g.ids))
}

func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".gz") || len(text) == 0 {
		return text
	}
	reader, err := gzip.NewReader(bytes.NewReader(text))
	if err == nil {
		text, err = io.ReadAll(reader)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return text
}

func firstDifference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("%s instead of %s", got[i], want[i])
		}
	}
	return "the rest"
}

// growing are datasets that grow.
type growing struct {
	*served
	mutex sync.Mutex
	ids   []string
	count []int
}

func (g *growing) grow() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if len(g.ids) < 3 || rand.IntN(40) == 0 && len(g.ids) < 12 {
		var made struct{ ID string }
		g.data(http.MethodPost, "/datasets", nil, &made)
		g.ids, g.count = append(g.ids, made.ID), append(g.count, 0)
	}
	i := rand.IntN(len(g.ids))
	var items []string
	for range 1 + rand.IntN(30) {
		items = append(items, fmt.Sprintf(`{"d":%q,"n":%d,"text":%q}`, g.ids[i], g.count[i], strings.Repeat("text ", rand.IntN(50))))
		g.count[i]++
	}
	g.must(http.MethodPost, "/datasets/"+g.ids[i]+"/items", "["+strings.Join(items, ",")+"]")
}

// items are all of them, as their places.
func (g *growing) items() (all []string) {
	for i, id := range g.ids {
		for n := range g.count[i] {
			all = append(all, fmt.Sprintf("%s/%06d", id, n))
		}
	}
	slices.Sort(all)
	return all
}

// written are the items in files of the folder whose paths begin so.
func (g *growing) written(t *testing.T, dir, prefix string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		below, _ := filepath.Rel(dir, path)
		if err != nil || entry.IsDir() || !strings.HasPrefix(below, prefix) {
			return err
		}
		for _, line := range strings.Split(string(unpacked(t, path)), "\n") {
			line = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(line, ","), "["), "]")
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			var items []struct {
				D string
				N int
			}
			if err := json.Unmarshal([]byte("["+line+"]"), &items); err != nil {
				t.Errorf("%s: %.60s: %v", below, line, err)
			}
			for _, item := range items {
				all = append(all, fmt.Sprintf("%s/%06d", item.D, item.N))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// interrupt runs apifyctl, and interrupts it at a random moment within so long.
func (s *served) interrupt(t *testing.T, most time.Duration, arguments ...string) (interrupted bool, by string) {
	t.Helper()
	signals := []syscall.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM}
	signal := signals[rand.IntN(len(signals))]
	command := s.onAccount(t.Context(), t, arguments...)
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(time.Duration(rand.Int64N(int64(most))), func() { _ = command.Process.Signal(signal) })
	defer timer.Stop()
	err := command.Wait()
	code := command.ProcessState.ExitCode()
	if code == 1 && strings.Contains(said.String(), "put {time} into the path") {
		return false, "" // the second one within a second
	}
	if err != nil && code != 130 && code != -1 {
		t.Fatalf("exit code %d: %s", code, said.String())
	}
	return err != nil, signal.String()
}

func (s *served) mustSay(t *testing.T, arguments ...string) string {
	t.Helper()
	said, err := s.onAccount(t.Context(), t, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v: %s", arguments, err, said)
	}
	return string(said)
}
