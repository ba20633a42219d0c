package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cut SIGNAL DIR COUNT PROGRAM ARG…: sends INT or KILL to the program as soon as
// the directory holds so many files. The program must not have ended by then.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	signal := map[string]os.Signal{"INT": os.Interrupt, "KILL": os.Kill}[args[0]]
	dir := ts.MkAbs(args[1])
	count, err := strconv.Atoi(args[2])
	ts.Check(err)
	program, err := exec.LookPath(args[3])
	ts.Check(err)
	var printed bytes.Buffer
	command := exec.Command(program, args[4:]...) //nolint:noctx // it is killed below
	command.Dir, command.Stdout, command.Stderr = ts.MkAbs("."), &printed, &printed
	for _, name := range scriptEnvironment() {
		command.Env = append(command.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(command.Start())
	for deadline := time.Now().Add(time.Minute); fewer(dir, count) && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	ts.Check(command.Process.Signal(signal))
	err = command.Wait()
	ts.Logf("%s", printed.String())
	status, _ := command.ProcessState.Sys().(syscall.WaitStatus)
	if stopped := status.Signaled() || command.ProcessState.ExitCode() == 130; !stopped {
		ts.Fatalf("it ended by itself: %v", err)
	}
	if signal == os.Interrupt && command.ProcessState.ExitCode() != 130 {
		ts.Fatalf("exit code %d, want 130", command.ProcessState.ExitCode())
	}
}

func scriptEnvironment() []string {
	return []string{"PATH", "HOME", "XDG_CONFIG_HOME", "APIFY_API_BASE_URL", "APIFY_TOKEN", "TMPDIR", "GOCOVERDIR"}
}

func fewer(dir string, count int) bool {
	opened, err := os.Open(dir)
	if err != nil {
		return true
	}
	defer func() { _ = opened.Close() }() // nothing was written
	names, _ := opened.Readdirnames(count)
	return len(names) < count
}

// requests FILE COUNT: writes JSON Lines of requests: every third was handled,
// with retries and user data.
func requests(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, `{"url":"https://example.com/%d","uniqueKey":"key-%d","method":"GET","retryCount":%d,"userData":{"n":%d,"price":1.0,"big":12345678901234567890}`, i, i, i%4, i)
		if i%3 == 0 {
			fmt.Fprintf(&text, `,"handledAt":"2026-01-02T03:04:05.678Z","errorMessages":["boom %d"]`, i)
		}
		text.WriteString("}\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}

// records DIR COUNT: writes files of several types, some of them large.
func records(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	endings := []string{".json", ".txt", ".png", ".html", ""}
	for i := range count {
		value := fmt.Sprintf("[%q,%d]", strings.Repeat("value ", i%50), i)
		if i%100 == 7 {
			value = fmt.Sprintf("[%q,%d]", strings.Repeat("large value ", 50_000), i)
		}
		name := fmt.Sprintf("record-%05d%s", i, endings[i%len(endings)])
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600))
	}
}
