package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// TestDocs runs the commands of the README, the guides and the skill, and holds what they
// print against the block behind them. In that, … stands for anything in a line,
// and alone for any lines. Commands without such a block are about an account that
// every reader has another of: they run in turn on one that the test makes up, and
// must succeed. What needs more than that, or changes the system, must be what a
// shell can read: see elsewhere.
func TestDocs(t *testing.T) {
	if testing.Short() {
		t.Skip("scripts run the same commands")
	}
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("the blocks are for bash")
	}
	pages, err := filepath.Glob("../../docs/guides/*.md")
	if err != nil {
		t.Fatal(err)
	}
	account := makeDocsAccount(t, bash)
	compared, ran := 0, &atomic.Int64{}
	for _, page := range append(pages, "../../README.md", "../../skills/apifyctl/SKILL.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := commandBlocks(string(text))
		for _, block := range blocks {
			if block.output != "" {
				compared++
			}
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../../examples")); err != nil {
				t.Fatal(err)
			}
			for _, block := range blocks {
				if block.output != "" {
					block.compare(t, bash, dir)
				} else {
					ran.Add(int64(block.succeed(t, bash, account)))
				}
			}
		})
	}
	t.Cleanup(func() { // once the pages, which run side by side, are through
		if ran.Load() < 60 {
			t.Errorf("only %d commands ran on the account", ran.Load())
		}
	})
	if compared < 5 {
		t.Errorf("only %d blocks have an output", compared)
	}
}

type commandBlock struct{ commands, output string }

func commandBlocks(page string) []commandBlock {
	var blocks []commandBlock
	pattern := regexp.MustCompile("(?ms)^```sh\n(.*?)^```\n(?:\n?```text\n(.*?)^```\n)?")
	for _, found := range pattern.FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, commandBlock{found[1], found[2]})
	}
	return blocks
}

func (b commandBlock) compare(t *testing.T, bash, dir string) {
	t.Helper()
	said, _ := inShell(t, bash, dir, "-uo", "pipefail", "-c", "go() { shift 2; apifyctl \"$@\"; }\n"+b.commands) // go run . is what is tested
	got := strings.ReplaceAll(said, "\ufeff", "")
	if !expected(b.output).MatchString(got) {
		t.Errorf("%s\nprinted:\n%s\nand should:\n%s", b.commands, got, b.output)
	}
}

// succeed runs the lines that are commands of ours, in turn, on a copy of the
// account, and returns how many they were. A line that asks is answered yes.
func (b commandBlock) succeed(t *testing.T, bash string, account docsAccount) int {
	t.Helper()
	if said, err := inShell(t, bash, account.dir, "-n", "-c", b.commands); err != nil {
		t.Errorf("%s\n%v: %s", b.commands, err, said)
		return 0
	}
	dir, ran := "", 0
	for line := range strings.Lines(b.commands) {
		if !strings.Contains(line, "apifyctl ") || elsewhere().MatchString(line) {
			continue
		}
		if dir == "" {
			dir = t.TempDir()
			writeFiles(t, dir, account.files)
			config := strings.ReplaceAll(account.files[docsConfig], account.dir, dir)
			writeFiles(t, dir, map[string]string{docsConfig: config})
		}
		if command, comment, _ := strings.Cut(line, "#"); strings.Contains(comment, "asks first") {
			line = command + " --yes"
		}
		if said, err := inShell(t, bash, dir, "-uo", "pipefail", "-c", line); err != nil {
			t.Errorf("%s\n%v: %s", line, err, said)
		}
		ran++
	}
	return ran
}

// elsewhere are lines that are only read here: other tests run the like of them,
// but where they install the program or are another program's.
func elsewhere() *regexp.Regexp {
	return regexp.MustCompile(`(?m)` + strings.Join([]string{
		`^apifyctl (login|serve|open)\b`, // need an API that accepts tokens, or do not end: cmd/auth, script/serve, conformance
		`\bcloud:`,                       // needs the account in the cloud: script/copy
		`(s3|gs|az|rclone):`,             // test/objectstores
		`--follow|--web`,                 // script/follow, script/web
		`keep --expiring 48h$`,           // draws on a terminal: script/keep
		`export default -o`,              // what a crawl has made: test/conformance
		`kubectl|sbatch|--print`,         // test/fleet
		`^(npx|npm|brew|sudo|git|go|cd|env|case) `,
	}, "|"))
}

// docsAccount is a folder with what the pages name: storages in mine, and the
// files that are read.
type docsAccount struct {
	dir   string
	files map[string]string
}

// docsConfig is the one of its files that names the folder.
const docsConfig = "apifyctl/config.yaml"

func makeDocsAccount(t *testing.T, bash string) docsAccount {
	t.Helper()
	dir := t.TempDir()
	for from, to := range map[string]string{"../../examples": "examples", "../../examples/storage": "mine", "testdata/docs": "."} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := inShell(t, bash, dir, "-euo", "pipefail", "setup.sh"); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	files, err := readFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	return docsAccount{dir, files}
}

// inShell returns all that bash prints in a folder, which is home, too.
func inShell(t *testing.T, bash, dir string, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), bash, args...)
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "TERM=dumb", "LC_ALL=C", "TZ=UTC",
		"XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir, "XDG_CACHE_HOME=" + dir, "XDG_DATA_HOME=" + dir,
	}
	said, err := command.CombinedOutput()
	return string(said), err
}

func expected(output string) *regexp.Regexp {
	pattern := "^"
	for line := range strings.Lines(output) {
		if line == "…\n" {
			pattern += `(?:.*\n)*`
			continue
		}
		pattern += strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*")
	}
	return regexp.MustCompile(pattern + "$")
}
