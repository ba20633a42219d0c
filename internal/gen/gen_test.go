package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func sample() *cobra.Command {
	run := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: "shop", Short: "Sell things", Long: "Sells things.\n\nExit codes:\n  0  sold\n  1  not sold"}
	fruit := &cobra.Command{Use: "fruit", Short: "Sell fruit"}
	fruit.AddCommand(
		&cobra.Command{Use: "apple", Short: "Sell an apple", Run: run},
		&cobra.Command{Use: "durian", Hidden: true, Run: run},
	)
	root.AddCommand(fruit)
	return root
}

func TestGenerateCoversTheVisibleTree(t *testing.T) {
	files, err := generate(sample())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"completions/shop.bash", "completions/shop.fish", "completions/shop.ps1", "completions/shop.zsh",
		"docs/man/shop-fruit-apple.1", "docs/man/shop-fruit.1", "docs/man/shop.1",
		"docs/reference/shop-fruit-apple.md", "docs/reference/shop-fruit.md", "docs/reference/shop.md",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if page := string(files["docs/reference/shop-fruit.md"]); !strings.Contains(page, "(shop-fruit-apple.md)") {
		t.Errorf("no link to the sub-command's page:\n%s", page)
	}
}

func TestGenerateIsReproducible(t *testing.T) {
	first, err := generate(sample())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOURCE_DATE_EPOCH", "86400")
	second, err := generate(sample())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

func TestMarkdownKeepsTables(t *testing.T) {
	for _, c := range []struct{ name, help, want string }{
		{"prose", "One.\n\nTwo.", "One.\n\nTwo."},
		{"table", "Codes:\n  0  ok\n  1  no\n", "Codes:\n\n      0  ok\n      1  no\n"},
		{"table in prose", "Codes:\n  0  ok\nMore.", "Codes:\n\n      0  ok\n\nMore."},
		{"blank line in a table", "  0  ok\n\n  1  no", "\n      0  ok\n\n      1  no"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, markdown(c.help)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteLeavesNothingStale(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"completions/old.bash", "docs/man/shop-old.1", "docs/guide.md"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files := tree{"completions/shop.bash": []byte("new"), "docs/man/shop.1": []byte("new")}
	if err := write(dir, files); err != nil {
		t.Fatal(err)
	}
	got := tree{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		got[name], err = os.ReadFile(filepath.Join(dir, name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files["docs/guide.md"] = []byte("old") // not the generator's
	if diff := cmp.Diff(files, got); diff != "" {
		t.Errorf("folder (-want +got):\n%s", diff)
	}
}
