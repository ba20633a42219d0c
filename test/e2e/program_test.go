package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
)

// programFolder names a folder with the program to be tested: what the gate
// builds, and what this binary says to the copies of itself that it starts.
const programFolder = "APIFYCTL_TEST_PROGRAM"

// withProgram runs tests with the program in the PATH.
type withProgram struct{ *testing.M }

func (w withProgram) Run() int {
	if watched() {
		return w.M.Run()
	}
	dir := os.Getenv(programFolder)
	if dir == "" {
		temp, err := os.MkdirTemp("", "apifyctl-program")
		if err != nil {
			return failed(err)
		}
		defer func() { _ = os.RemoveAll(temp) }()
		if dir, err = build(temp); err != nil {
			return failed(err)
		}
	}
	if dir != "" {
		_ = os.Setenv(programFolder, dir) // names and values that every system takes
		_ = os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	}
	return w.M.Run()
}

// watched tells that this binary looks for data races, or at what is covered. It
// is the program then: testscript.Main has put it into the PATH.
func watched() bool {
	info, _ := debug.ReadBuildInfo()
	for _, setting := range info.Settings {
		if setting.Key == "-race" && setting.Value == "true" {
			return true
		}
	}
	return testing.CoverMode() != ""
}

// build builds the program as a release has it, without what debuggers need: it
// starts in less than half the time of this binary, which holds all that the tests
// use, and they start it thousands of times. Without Go there is no program but
// this binary, and no folder.
func build(dir string) (string, error) {
	tool, err := exec.LookPath("go")
	if err != nil {
		return "", nil //nolint:nilerr // a binary that was built elsewhere
	}
	path := filepath.Join(dir, "apifyctl")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	// Tests run in their folder, from which the module is found.
	command := exec.Command(tool, "build", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "github.com/apifyctl/apifyctl") //nolint:noctx // before any test
	if said, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the program: %w\n%s", err, said)
	}
	return dir, nil
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
