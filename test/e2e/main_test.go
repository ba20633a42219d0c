// Package e2e tests the whole program.
package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/text/encoding/htmlindex"

	"github.com/apifyctl/apifyctl/cmd"
	"github.com/apifyctl/apifyctl/test/inmemory"
	"github.com/apifyctl/apifyctl/test/mockapi"
	"github.com/apifyctl/apifyctl/test/mockapi/mockscript"
)

func TestMain(m *testing.M) {
	testscript.Main(parallel{m}, map[string]func(){"apifyctl": func() { os.Exit(cmd.Main()) }})
}

// parallel runs more tests at once than there are processors: scripts mostly
// wait for servers and retries.
type parallel struct{ *testing.M }

func (p parallel) Run() int {
	flag.Parse()
	if atOnce := flag.Lookup("test.parallel"); atOnce.Value.String() == atOnce.DefValue {
		_ = atOnce.Value.Set("16") // a number, which the flag takes
	}
	return inmemory.Run(withProgram(p))
}

// TestScript runs the whole program through the scripts, each of which sets up
// its own API or storage directory.
func TestScript(t *testing.T) {
	runScripts(t, "testdata/script", "", func(*testscript.Env) error { return nil })
}

// TestLocalRoad and TestCloudRoad run the same scripts over the same storages:
// in a local directory, and in the API. What differs is a bug.
func TestLocalRoad(t *testing.T) {
	runScripts(t, "testdata/script/both", "local", func(env *testscript.Env) error {
		env.Setenv("APIFY_LOCAL_STORAGE_DIR", filepath.Join(env.WorkDir, "storage"))
		return nil
	})
}

func TestCloudRoad(t *testing.T) {
	runScripts(t, "testdata/script/both", "cloud", func(env *testscript.Env) error {
		return mockscript.Start(env, filepath.Join(env.WorkDir, "storage"))
	})
}

func runScripts(t *testing.T, dir, road string, setup func(*testscript.Env) error) {
	t.Helper()
	t.Parallel()
	testscript.RunT(scriptT{t}, testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, ".home")
			if err := os.MkdirAll(home, 0o700); err != nil {
				return err
			}
			for name, value := range map[string]string{
				"HOME": home, "USERPROFILE": home, "APPDATA": home, "LOCALAPPDATA": home,
				"XDG_CONFIG_HOME": filepath.Join(home, "config"),
				"XDG_CACHE_HOME":  filepath.Join(home, "cache"),
				"XDG_DATA_HOME":   filepath.Join(home, "data"),
				"XDG_STATE_HOME":  filepath.Join(home, "state"),
				"TZ":              "UTC", "LC_ALL": "C", "TERM": "dumb",
				"GORACE":     "atexit_sleep_ms=0", // else every program that the race detector watches ends a second late
				"MOCK_TOKEN": mockapi.Token,
			} {
				env.Setenv(name, value)
			}
			mockscript.Setup(env)
			env.Defer(func() { noSecretInFiles(t, env.WorkDir) })
			return setup(env)
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "local", "cloud":
				return name == road, nil
			case "smalldisk":
				return canMount(), nil
			case "bash-completion":
				_, err := os.Stat("/usr/share/bash-completion/bash_completion")
				return err == nil, nil
			case "slow":
				return os.Getenv("APIFYCTL_SLOW_TESTS") != "", nil
			}
			return false, fmt.Errorf("no condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mockapi":   mockscript.Command,
			"code":      code,
			"capture":   capture,
			"interrupt": interrupt,
			"ended":     ended,
			"serving":   serving,
			"lines":     lines,
			"encode":    encode,
			"ordered":   ordered,
			"numbered":  numbered,
			"large":     large,
			"filesize":  filesize,
			"files":     files,
			"jsonvalid": jsonValid,
			"smalldisk": smallDisk,
			"cut":       cut,
			"requests":  requests,
			"records":   records,
		},
		ContinueOnError: true,
	})
}

// scriptT sees all that a script's programs print, because it asks for the
// full log, and searches it for secrets.
type scriptT struct{ *testing.T }

func (t scriptT) Verbose() bool { return true }

func (t scriptT) Run(name string, f func(testscript.T)) {
	t.T.Run(name, func(t *testing.T) { f(scriptT{t}) })
}

func (t scriptT) Log(args ...any) {
	t.Helper()
	text := fmt.Sprint(args...)
	for line := range strings.Lines(text) {
		// Lines of the script itself and its environment are no output.
		if strings.HasPrefix(line, "> ") || strings.HasPrefix(line, "[background] ") ||
			isTokenSetting(line) {
			continue
		}
		if strings.Contains(line, mockapi.SecretMarker) {
			t.Errorf("a secret was printed: %s", line)
		}
	}
	t.T.Log(text)
}

// isTokenSetting tells whether a line sets a variable to a token. Their names are
// in lower case on Windows.
func isTokenSetting(line string) bool {
	name, _, set := strings.Cut(line, "=")
	return set && (strings.EqualFold(name, "APIFY_TOKEN") || strings.EqualFold(name, "MOCK_TOKEN"))
}

// noSecretInFiles looks at all that a script left. Its home is left out: a
// token may be kept there.
func noSecretInFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".home":
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), mockapi.SecretMarker) {
			t.Errorf("a secret is in %s", path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// code N PROGRAM ARG…: the program ends with that exit code.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N program args…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// capture NAME: puts what was printed on stdout into an environment variable.
func capture(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// interrupt sends SIGINT to the one program in the background. One that does not
// end is killed after a while, so that wait returns and ended tells.
func interrupt(ts *testscript.TestScript, _ bool, _ []string) {
	running := ts.BackgroundCmds()
	if len(running) != 1 {
		ts.Fatalf("%d programs in the background, want one", len(running))
	}
	ts.Check(running[0].Process.Signal(os.Interrupt))
	background.Store(ts, running[0])
	time.AfterFunc(15*time.Second, func() { _ = running[0].Process.Kill() }) // usually over by then
}

// background remembers the program that a script interrupted: testscript
// forgets it when it has waited for it.
var background sync.Map

// ended N: the interrupted program, which was waited for, had that exit code.
func ended(ts *testscript.TestScript, _ bool, args []string) {
	value, ok := background.LoadAndDelete(ts)
	if !ok || len(args) != 1 {
		ts.Fatalf("usage: ended N, after interrupt and wait")
	}
	command, _ := value.(*exec.Cmd)
	if got := strconv.Itoa(command.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// serving FILE: waits until the file, a server's stderr, names the address, and
// points the following commands there.
func serving(ts *testscript.TestScript, _ bool, args []string) {
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	for range 1000 {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if found := address.Find(text); err == nil && found != nil {
			ts.Setenv("APIFY_API_BASE_URL", string(found))
			ts.Setenv("APIFY_TOKEN", mockapi.Token)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("no address in %s after 10 seconds", args[0])
}

// encode ENCODING FILE: the file is from now on in that encoding, or, with cr or
// crlf, has such line ends.
func encode(ts *testscript.TestScript, _ bool, args []string) {
	text, path := ts.ReadFile(args[1]), ts.MkAbs(args[1])
	switch args[0] {
	case "cr":
		text = strings.ReplaceAll(text, "\n", "\r")
	case "crlf":
		text = strings.ReplaceAll(text, "\n", "\r\n")
	default:
		encoding, err := htmlindex.Get(args[0])
		ts.Check(err)
		text, err = encoding.NewEncoder().String(text)
		ts.Check(err)
		if strings.HasPrefix(args[0], "utf-16") {
			mark, err := encoding.NewEncoder().String("\ufeff")
			ts.Check(err)
			text = mark + text
		}
	}
	ts.Check(os.WriteFile(path, []byte(text), 0o600))
}

// lines FILE N: the file, or stdout, has so many lines, and ends with a line end.
func lines(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if got := strconv.Itoa(strings.Count(text, "\n")); got != args[1] {
		ts.Fatalf("%s has %s lines, want %s", args[0], got, args[1])
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		ts.Fatalf("%s does not end with a line end", args[0])
	}
}

// ordered FILE N: JSON Lines whose members n count from 0 to N-1: complete, in
// order, nothing twice.
func ordered(ts *testscript.TestScript, _ bool, args []string) {
	scanner := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[0])))
	scanner.Buffer(nil, 64<<20)
	count := 0
	for scanner.Scan() {
		var item struct {
			N *int `json:"n"`
		}
		ts.Check(json.Unmarshal(scanner.Bytes(), &item))
		if item.N == nil || *item.N != count {
			ts.Fatalf("%s: item %d is %.100s", args[0], count, scanner.Text())
		}
		count++
	}
	ts.Check(scanner.Err())
	if strconv.Itoa(count) != args[1] {
		ts.Fatalf("%s has %d items, want %s", args[0], count, args[1])
	}
}

// large FILE COUNT SIZE: writes so many requests of a queue, each of that size.
func large(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: large FILE COUNT SIZE")
	}
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	size, err := strconv.Atoi(args[2])
	ts.Check(err)
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "{\"url\":\"https://example.com/large/%d\",\"payload\":\"%s\"}\n", i, strings.Repeat("x", size))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}

// numbered FILE COUNT PADDING: writes JSON Lines that ordered accepts.
func numbered(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	padding, err := strconv.Atoi(args[2])
	ts.Check(err)
	text := strings.Join(mockscript.Numbered(count, padding), "\n") + "\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// filesize FILE N: the file has so many bytes.
func filesize(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if same := strconv.FormatInt(info.Size(), 10) == args[1]; same == neg {
		ts.Fatalf("%s has %d bytes", args[0], info.Size())
	}
}

// files DIR NAME…: the directory holds these and nothing else, hidden or not.
func files(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if want := slices.Sorted(slices.Values(args[1:])); !slices.Equal(names, want) {
		ts.Fatalf("%s holds %q, want %q", args[0], names, want)
	}
}

// jsonvalid FILE REGEXP: the file, or stdout, is one JSON value, and matches
// when it is written compactly.
func jsonValid(ts *testscript.TestScript, _ bool, args []string) {
	var value any
	text := ts.ReadFile(args[0])
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		ts.Fatalf("%s is no JSON: %v", args[0], err)
	}
	compact, err := json.Marshal(value)
	ts.Check(err)
	if len(args) > 1 && !regexp.MustCompile(args[1]).Match(compact) {
		ts.Fatalf("%s does not match %s", compact, args[1])
	}
}

// canMount tells whether a tiny file system can be had: only root may mount.
var canMount = sync.OnceValue(func() bool {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		return false
	}
	dir, err := os.MkdirTemp("", "apifyctl-mount")
	if err != nil {
		return false
	}
	defer func() { _ = os.Remove(dir) }()
	if exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).Run() != nil {
		return false
	}
	return exec.Command("umount", dir).Run() == nil
})

// smalldisk DIR: a file system of 64 KB at DIR, until the script ends.
func smallDisk(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).Run()) //nolint:noctx // the test's own directory
	ts.Defer(func() { _ = exec.Command("umount", "-l", dir).Run() })                     //nolint:noctx // the test's own directory
}
