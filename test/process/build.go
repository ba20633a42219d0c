package process

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Build builds the program into a folder, without what debuggers need, as a release
// has it. It takes Go, and a test that runs in its own folder, from which the module
// is found.
func Build(dir string) (path string, err error) {
	path = filepath.Join(dir, "apifyctl")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	command := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "github.com/apifyctl/apifyctl") //nolint:noctx // as long as it takes
	if said, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the program: %w\n%s", err, said)
	}
	return path, nil
}
