package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestDocs runs the commands of the README, the guides and the skill, and holds what they
// print against the block behind them. In that, … stands for anything in a line,
// and alone for any lines. Commands without such a block, which need an account
// or change the system, must be what a shell can read.
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
	compared := 0
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
				block.run(t, bash, dir)
			}
		})
	}
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

func (b commandBlock) run(t *testing.T, bash, dir string) {
	t.Helper()
	args := []string{"-n", "-c", b.commands}
	if b.output != "" {
		args = []string{"-uo", "pipefail", "-c", "go() { shift 2; apifyctl \"$@\"; }\n" + b.commands} // go run . is what is tested
	}
	command := exec.CommandContext(t.Context(), bash, args...)
	command.Dir = dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "TERM=dumb", "LC_ALL=C", "TZ=UTC",
		"XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir, "XDG_CACHE_HOME=" + dir, "XDG_DATA_HOME=" + dir,
	}
	said, err := command.CombinedOutput()
	if b.output == "" {
		if err != nil {
			t.Errorf("%s\n%v: %s", b.commands, err, said)
		}
		return
	}
	got := strings.ReplaceAll(string(said), "\ufeff", "")
	if !expected(b.output).MatchString(got) {
		t.Errorf("%s\nprinted:\n%s\nand should:\n%s", b.commands, got, b.output)
	}
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
