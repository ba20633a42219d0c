package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLicencesAreThoseOfModulesAndOfFoldersInThem(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"a/LICENSE":          "shared\n",
		"a/license.go":       "package a",
		"a/inner/NOTICE.txt": "of others\r\n",
		"a/unused/COPYING":   "of nobody",
		"b/License.md":       "\nshared\n",
		"none/README":        "no licence",
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "a", "inner", "deep"), 0o755); err != nil {
		t.Fatal(err)
	}

	var all texts
	if err := all.addPackages([]linked{
		in(root, "a", "a/inner/deep"),
		in(root, "b", "b"),
	}); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	if err := all.write(&got); err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("=", 80)
	_, sections, _ := strings.Cut(got.String(), "\n")
	want := "\n" + line + "\nexample.org/a\nexample.org/b\n\nshared\n" +
		"\n" + line + "\nexample.org/a/inner\n\nof others\n"
	if diff := cmp.Diff(want, sections); diff != "" {
		t.Errorf("licences (-want +got):\n%s", diff)
	}

	if err := all.addPackages([]linked{in(root, "none", "none")}); !errors.Is(err, errNone) {
		t.Errorf("a module without a licence gave %v", err)
	}
}

// in is a package at a path below root, in the module at another.
func in(root, module, path string) linked {
	p := linked{ImportPath: "example.org/" + path, Dir: filepath.Join(root, filepath.FromSlash(path))}
	p.Module.Path = "example.org/" + module
	p.Module.Dir = filepath.Join(root, module)
	return p
}
