package objectstores

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/apifyctl/apifyctl/test/process"
)

// secretMarker is part of every secret that the program is given.
const secretMarker = "SECRET"

// program is the program under test.
type program struct {
	t    *testing.T
	path string
	env  []string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := scratch(); err == nil {
		_ = os.RemoveAll(dir) // the system empties that folder anyway
	}
	os.Exit(code)
}

// scratch is where the program is.
var scratch = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "objectstores") })

// built is the path of the program, which all tests share.
var built = sync.OnceValues(func() (path string, err error) {
	dir, err := scratch()
	if err != nil {
		return "", err
	}
	return process.Build(dir)
})

func build(t *testing.T) program {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return program{path: path}
}

// on is the program with an account, in a home of its own.
func (p program) on(t *testing.T, account string, env ...string) program {
	t.Helper()
	home := t.TempDir()
	p.t = t
	p.env = slices.Concat([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home, "TMPDIR=" + os.Getenv("TMPDIR"),
		"APIFY_API_BASE_URL=" + account, "APIFY_TOKEN=apify_api_" + secretMarker + "token", "AWS_EC2_METADATA_DISABLED=true",
	}, env)
	return p
}

// running is the program at work.
type running struct {
	*exec.Cmd
	t              *testing.T
	stdout, stderr process.Said
}

func (p program) start(args ...string) *running {
	p.t.Helper()
	//nolint:noctx // the test ends it
	r := &running{Cmd: exec.Command(p.path, args...), t: p.t}
	r.Env, r.Stdout, r.Stderr = p.env, &r.stdout, &r.stderr
	if err := r.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = r.Process.Kill() })
	return r
}

// end waits and returns the exit code; a signal is negative. No secret may be in what
// was printed.
func (r *running) end() int {
	r.t.Helper()
	err := r.Wait()
	if text := r.stdout.String() + r.stderr.String(); strings.Contains(text, secretMarker) {
		r.t.Errorf("a secret was printed: %s", text)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return -int(status.Signal())
		}
		return exit.ExitCode()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return 0
}

// run runs the program to its end and wants an exit code.
func (p program) run(code int, args ...string) (stderr string) {
	p.t.Helper()
	r := p.start(args...)
	if got := r.end(); got != code {
		p.t.Fatalf("apifyctl %s: exit code %d, want %d: %s", strings.Join(args, " "), got, code, r.stderr.String())
	}
	return r.stderr.String()
}
