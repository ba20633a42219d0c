package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/apifyctl/apifyctl/test/process"
)

// programFolder names a folder with the program to be tested: what the gate
// builds, and what this binary says to the copies of itself that it starts.
const programFolder = "APIFYCTL_TEST_PROGRAM"

// withProgram runs tests with the program in the PATH, as it is released: that starts
// in less than half the time of this binary, which holds all that the tests use, and
// they start it thousands of times.
type withProgram struct{ *testing.M }

func (w withProgram) Run() int {
	if watched() {
		return w.M.Run()
	}
	dir := os.Getenv(programFolder)
	if dir == "" {
		if _, err := exec.LookPath("go"); err != nil {
			return w.M.Run() // a binary that was built elsewhere: it is the program
		}
		var err error
		if dir, err = os.MkdirTemp("", "apifyctl-program"); err != nil {
			return failed(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if _, err = process.Build(dir); err != nil {
			return failed(err)
		}
	}
	_ = os.Setenv(programFolder, dir) // names and values that every system takes
	_ = os.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
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

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
