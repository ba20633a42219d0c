//go:build unix

package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/test/mockapi"
)

// A program that is killed, or interrupted, again and again leaves the file that
// one has which was left alone, in every format, compressed or not.
// APIFYCTL_SLOW_TESTS=1: 20 files of each format instead of 2.
func TestResumeOfKilledPrograms(t *testing.T) {
	t.Parallel()
	const items, pageSize = 240, 10
	rounds := 20
	if os.Getenv("APIFYCTL_SLOW_TESTS") != "" {
		rounds = 200
	}
	server := mockapi.Start()
	t.Cleanup(server.Close)
	server.Configure(func(b *mockapi.Behaviour) { b.RateLimit = 100_000 })
	id := server.Add("datasets", "crawled")
	for i := range items {
		server.Push(id, fmt.Sprintf(`{"n":%d,"nested":{"k%d":"text"},"list":[{"a":1},{"a":%d}]}`, i, i%7, i))
	}
	dir := t.TempDir()
	environment := append(
		os.Environ(), "APIFY_API_BASE_URL="+server.URL(), "APIFY_TOKEN="+mockapi.Token, "HOME="+dir, "XDG_CONFIG_HOME="+dir,
		"APIFY_LOCAL_STORAGE_DIR=", "APIFYCTL_PROFILE=", "GORACE=atexit_sleep_ms=0",
	)
	export := func(path string, flags ...string) *exec.Cmd {
		command := exec.CommandContext(t.Context(), "apifyctl", append([]string{"datasets", "export", "crawled", "-o", path, "--page-size", fmt.Sprint(pageSize), "--concurrency", "2"}, flags...)...)
		command.Env, command.Stderr = environment, new(bytes.Buffer)
		return command
	}
	endings := []string{"json", "jsonl", "csv", "tsv", "xlsx", "xml", "rss", "html", "jsonl.gz", "csv.zst"}
	stops := map[syscall.Signal]int{}
	signals := []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM}
	for round := range rounds {
		ending := endings[round%len(endings)]
		whole := filepath.Join(dir, "whole."+ending)
		folder := filepath.Join(dir, fmt.Sprint(round))
		broken := filepath.Join(folder, "broken."+ending)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if round < len(endings) {
			if err := export(whole).Run(); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		stopped := 0
		for ended := false; !ended; {
			signal := signals[rand.IntN(len(signals))]
			// Where nothing stops it any more, the program ends.
			from := len(server.Requests())
			command := export(broken, "--resume")
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- command.Wait() }()
			stopAt := from + 3 + rand.IntN(items/pageSize/2)
			var err error
			for ended = false; !ended; {
				select {
				case err = <-done:
					ended = true
				case <-time.After(time.Millisecond):
				}
				if !ended && len(server.Requests()) >= stopAt {
					time.Sleep(time.Duration(rand.IntN(3000)) * time.Microsecond)
					_ = command.Process.Signal(signal) // it may just have ended
					err = <-done
					break
				}
			}
			ended = err == nil
			got, missing := os.ReadFile(broken) // a program may be killed between the rename and its end
			if missing == nil && !bytes.Equal(got, want) || ended && missing != nil {
				t.Fatalf("%s, stopped %d times: ended with %v, and the file has %d bytes instead of %d (%v)\n%s", ending, stopped, err, len(got), len(want), missing, command.Stderr)
			}
			if !ended {
				stopped++
				stops[signal]++
			}
			if !ended && signal != syscall.SIGKILL && command.ProcessState.ExitCode() != 130 && command.ProcessState.ExitCode() != -1 {
				t.Fatalf("%s: %v after %v\n%s", ending, err, signal, command.Stderr)
			}
		}
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if name := entry.Name(); strings.Contains(name, "resume") {
				t.Errorf("%s, stopped %d times: %s is left", ending, stopped, name)
			}
		}
	}
	for _, signal := range signals {
		if stops[signal] == 0 {
			t.Errorf("none of the programs was stopped by %v", signal)
		}
	}
}
