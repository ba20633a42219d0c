//go:build unix

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A push that is interrupted or killed at any moment is stored as a whole or not
// at all, and the program says which, if it is asked to end and not killed.
func TestKilledPushes(t *testing.T) {
	t.Parallel()
	const items = 1500
	rounds := 8
	if os.Getenv("APIFYCTL_SLOW_TESTS") != "" {
		rounds = 200
	}
	dir := t.TempDir()
	environment := append(os.Environ(), "APIFY_LOCAL_STORAGE_DIR="+dir, "HOME="+dir, "XDG_CONFIG_HOME="+dir, "APIFYCTL_PROFILE=", "GORACE=atexit_sleep_ms=0")
	program := func(arguments ...string) *exec.Cmd {
		command := exec.CommandContext(t.Context(), "apifyctl", arguments...)
		command.Env = environment
		return command
	}
	if output, err := program("datasets", "create", "d").CombinedOutput(); err != nil {
		t.Fatalf("create: %v\n%s", err, output)
	}
	var input strings.Builder
	for n := range items {
		fmt.Fprintf(&input, "{\"n\":%d}\n", n)
	}
	file := filepath.Join(dir, "items.jsonl")
	if err := os.WriteFile(file, []byte(input.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		t.Helper()
		var dataset struct{ ItemCount int }
		output, err := program("datasets", "get", "d", "-f", "json").Output()
		if err != nil || json.Unmarshal(output, &dataset) != nil {
			t.Fatalf("get: %v\n%s", err, output)
		}
		return dataset.ItemCount
	}
	stored, outcomes := 0, map[string]int{}
	took := time.Second
	for round := range rounds {
		var stderr bytes.Buffer
		command := program("datasets", "put", "d", file, "--input-format", "jsonl")
		command.Stderr = &stderr
		start := time.Now()
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		signal := syscall.SIGKILL
		if round%2 == 0 {
			signal = syscall.SIGINT
		}
		stop := time.AfterFunc(time.Duration(rand.Int64N(int64(took))), func() { _ = command.Process.Signal(signal) })
		err := command.Wait()
		if stop.Stop() {
			took = time.Since(start) // nothing stopped it
		}
		now := count()
		switch {
		case now != stored && now != stored+items:
			t.Fatalf("round %d, %v: %d items after %d, of a push of %d", round, signal, now, stored, items)
		case err == nil && now == stored:
			t.Fatalf("round %d, %v: said to be stored, and is not", round, signal)
		case signal == syscall.SIGINT && err != nil && now > stored && !strings.Contains(stderr.String(), "put 1,500 items"):
			// The signal may come when all is said, and the program is about to end.
			t.Fatalf("round %d: an interrupted push is stored, and is said to have failed: %s", round, &stderr)
		}
		outcomes[fmt.Sprintf("%v stored %t", signal, now > stored)]++
		stored = now
		if now := count(); now != stored {
			t.Fatalf("round %d: %d items, and then %d", round, stored, now)
		}
	}
	t.Logf("%d rounds: %v", rounds, outcomes)
	if output, err := program("datasets", "put", "d", file, "--input-format", "jsonl").CombinedOutput(); err != nil {
		t.Fatalf("put: %v\n%s", err, output)
	}
	if now := count(); now != stored+items {
		t.Errorf("%d items in the end, want %d", now, stored+items)
	}
	for _, pattern := range []string{"tmp/*", "datasets/*.push"} {
		if left, err := filepath.Glob(filepath.Join(dir, ".apifyctl", pattern)); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
