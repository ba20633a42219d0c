package datasets

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
)

// destination is where --output leads: stdout, a file, or a file for each
// dataset.
type destination struct {
	path      string // "" is stdout
	pattern   bool   // path has placeholders
	extension string // what {ext} stands for
}

const (
	placeName      = "{name}"
	placeID        = "{id}"
	placeExtension = "{ext}"
)

func newDestination(flags app.PrintFlags) (destination, error) {
	d := destination{path: flags.Output}
	if d.path == "-" {
		d.path = ""
	}
	switch {
	case d.path == "":
		return d, nil
	case strings.HasSuffix(filepath.ToSlash(d.path), "/"):
		d.path = filepath.Join(d.path, placeName+"."+placeExtension)
	}
	if err := d.checkName(); err != nil {
		return d, err
	}
	d.path = filepath.Clean(d.path) // the folders on the way need not be there
	d.pattern = strings.Contains(d.path, placeName) || strings.Contains(d.path, placeID)
	if !strings.Contains(d.path, placeExtension) {
		return d, nil
	}
	if !d.pattern {
		return d, app.Usagef("--output: %s alone does not tell datasets apart; use %s or %s, too", placeExtension, placeName, placeID)
	}
	name := flags.Format
	if name == "" {
		name = "jsonl"
	}
	if format, known := export.Lookup(name); known {
		d.extension = format.Extension
	}
	if d.extension == "" {
		return d, app.Usagef("--output: files of the format %q have no ending; say the whole name", name)
	}
	return d, nil
}

// checkName refuses what is rather a mistake than the name of a file.
func (d destination) checkName() error {
	for _, place := range regexp.MustCompile(`\{[a-zA-Z]+\}`).FindAllString(d.path, -1) {
		if !slices.Contains([]string{placeName, placeID, placeExtension}, place) {
			return app.Usagef("--output: nothing is known to put in for %s; there are %s, %s and %s", place, placeName, placeID, placeExtension)
		}
	}
	if info, err := os.Stat(d.path); err == nil && info.IsDir() {
		return app.WithHint(app.Usagef("--output: %s is a folder", d.path), "with a slash at its end, a file that is named after the dataset is made in it")
	}
	return nil
}

// many tells that there is a file for each dataset.
func (d destination) many() bool { return d.pattern }

// isFile tells that what is written stays: neither stdout nor a device or a pipe.
func (d destination) isFile() bool {
	if d.path == "" {
		return false
	}
	info, err := os.Stat(d.path)
	return err != nil || info.Mode().IsRegular() || info.IsDir()
}

// file is the path of a dataset's file.
func (d destination) file(name, id string) string {
	if name == "" {
		name = id
	}
	return strings.NewReplacer(placeName, safeName(name), placeID, safeName(id), placeExtension, d.extension).Replace(d.path)
}

// example is a path that decides the format as all the others do.
func (d destination) example() string {
	if !d.pattern {
		return d.path
	}
	return d.file("x", "x")
}

// once leaves out datasets that were named before, in another way or the same.
func once(targets []target) []target {
	seen := map[string]bool{}
	return slices.DeleteFunc(targets, func(t target) bool {
		again := seen[t.id]
		seen[t.id] = true
		return again
	})
}

// place gives every target a path of its own: datasets of several owners can
// have the same name, and not every file system tells cases apart.
func (d destination) place(targets []target) error {
	taken := map[string]bool{}
	for i := range targets {
		t := &targets[i]
		t.path = d.file(t.name, t.id)
		if taken[strings.ToLower(t.path)] {
			t.path = d.file(t.name+"-"+t.id, t.id)
		}
		if taken[strings.ToLower(t.path)] {
			return fmt.Errorf("two datasets would be written to %s", t.path)
		}
		taken[strings.ToLower(t.path)] = true
		if err := os.MkdirAll(filepath.Dir(t.path), 0o777); err != nil {
			return err
		}
	}
	return nil
}

// safeName makes one file's name of text that comes from a server: no
// separator, no dot at its start, no name that Windows keeps for devices.
func safeName(text string) string {
	const longest = 150
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '.', r == '_':
			return r
		}
		return '_'
	}, text)
	safe = strings.TrimRight(safe[:min(longest, len(safe))], ".")
	if safe == "" || safe[0] == '.' || !filepath.IsLocal(safe) || isDevice(safe) {
		safe = "_" + safe
	}
	return safe
}

func isDevice(name string) bool {
	base, _, _ := strings.Cut(strings.ToLower(name), ".")
	switch base {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) && base[3] >= '0' && base[3] <= '9'
}
