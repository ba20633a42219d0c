// Command licences prints the licences of all that the program is made of on any
// system that it is released for: Go itself, the modules, the libraries in its
// page. Whoever passes the program on has to pass these on, too, so that archives
// and packages carry them.
//
//	go run ./internal/gen/licences >packaging/THIRD-PARTY-LICENSES.txt
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// page holds the libraries of the page that open and serve show.
const page = "internal/serve/console/page/vendor"

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	var all texts
	if err := all.add("Go", strings.TrimSpace(string(goroot))); err != nil {
		return err
	}
	if err := all.add("preact and htm", page); err != nil {
		return err
	}
	linked, err := releasedPackages(ctx)
	if err != nil {
		return err
	}
	if err := all.addPackages(linked); err != nil {
		return err
	}
	return all.write(out)
}

// linked is a package of another module in the program.
type linked struct {
	ImportPath string
	Dir        string
	Module     struct {
		Path string
		Dir  string
		Main bool
	}
}

// releasedPackages returns the packages of other modules that are linked for any
// system that .goreleaser.yaml names, sorted by their paths.
func releasedPackages(ctx context.Context) ([]linked, error) {
	found := map[string]linked{}
	for _, system := range []string{"linux", "darwin", "windows", "freebsd"} {
		for _, processor := range []string{"amd64", "arm64"} {
			list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=ImportPath,Dir,Module", ".")
			list.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor)
			list.Stderr = os.Stderr
			listed, err := list.Output()
			if err != nil {
				return nil, fmt.Errorf("go list for %s on %s: %w", system, processor, err)
			}
			decoder := json.NewDecoder(bytes.NewReader(listed))
			for {
				var p linked
				if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					return nil, fmt.Errorf("go list: %w", err)
				}
				if p.Module.Path != "" && !p.Module.Main {
					found[p.ImportPath] = p
				}
			}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b linked) int { return strings.Compare(a.ImportPath, b.ImportPath) }), nil
}

// texts are licences in the order in which they came up first.
type texts struct {
	order  []string
	owners map[string][]string
}

// addPackages takes the licences that stand in the folders of modules and in those
// of their packages, down to each. Some modules carry code of others, whose licence
// lies beside it.
func (t *texts) addPackages(packages []linked) error {
	done := map[string]bool{}
	for _, p := range packages {
		if !done[p.Module.Dir] {
			done[p.Module.Dir] = true
			if err := t.add(p.Module.Path, p.Module.Dir); err != nil {
				return err
			}
		}
		for name, dir := p.ImportPath, p.Dir; !done[dir]; name, dir = parent(name), filepath.Dir(dir) {
			done[dir] = true
			if err := t.add(name, dir); err != nil && !errors.Is(err, errNone) {
				return err
			}
		}
	}
	return nil
}

func parent(path string) string { return path[:max(strings.LastIndexByte(path, '/'), 0)] }

var errNone = errors.New("no licence")

// add takes the licences in dir, which are those of owner.
func (t *texts) add(owner, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	some := false
	for _, entry := range entries {
		if entry.IsDir() || !isLicence(entry.Name()) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return err
		}
		text := strings.Trim(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n")
		if _, known := t.owners[text]; !known {
			t.order = append(t.order, text)
		}
		if t.owners == nil {
			t.owners = map[string][]string{}
		}
		t.owners[text] = append(t.owners[text], owner)
		some = true
	}
	if !some {
		return fmt.Errorf("%s: %w in %s", owner, errNone, dir)
	}
	return nil
}

func isLicence(name string) bool {
	name = strings.ToUpper(name)
	return filepath.Ext(name) != ".GO" && slices.ContainsFunc(
		[]string{"LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"},
		func(prefix string) bool { return strings.HasPrefix(name, prefix) },
	)
}

func (t *texts) write(out io.Writer) error {
	var b strings.Builder
	b.WriteString("apifyctl is licensed under the Apache License 2.0. It contains the following, under the licences of their authors.\n")
	for _, text := range t.order {
		fmt.Fprintf(&b, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(slices.Compact(t.owners[text]), "\n"), text)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
