// Package destination says where storages are written to: to one place, or each to a
// place of its own that a pattern makes of its name.
package destination

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// Destination is where --output leads: stdout, a file or a folder, or one for each
// storage.
type Destination struct {
	given     string // path as it was given, with its placeholders
	path      string // "" is stdout
	pattern   bool   // path has placeholders for storages
	extension string // what {ext} stands for
}

// Target is a storage and where it goes.
type Target struct {
	Ref      api.Ref
	Name, ID string // known where Path is made of them
	Path     string // "" is stdout

	Facts *api.Storage // of one of several; nil where it was not looked at
	Count int64        // how much it holds, likewise
}

func (t Target) String() string { return t.Ref.String() }

// Label is the storage's name, or its ID where it has none.
func (t Target) Label() string { return cmp.Or(t.Name, t.ID) }

const (
	placeName      = "{name}"
	placeID        = "{id}"
	placeRun       = "{run}"
	placeExtension = "{ext}"
	placeDate      = "{date}"
	placeTime      = "{time}"
)

// New is where rows go, by the values of --output and --format. A folder stands for a
// file in it that is named after the storage.
func New(output, format string) (Destination, error) {
	d := Destination{path: output}
	if d.path == "-" {
		d.path = ""
	}
	switch {
	case d.path == "":
		return d, nil
	case isFolder(d.path):
		if err := checkAddress(d.path); err != nil {
			return d, err
		}
		d.path = below(d.path, placeName+"."+placeExtension)
	}
	if err := checkAddress(d.path); err != nil {
		return d, err
	}
	if info, err := os.Stat(d.path); err == nil && info.IsDir() {
		return d, failure.WithHint(failure.Usagef("--output: %s is a folder", d.path), "with a slash at its end, a file that is named after the storage is made in it")
	}
	if err := d.readPlaces(); err != nil || !strings.Contains(d.path, placeExtension) {
		return d, err
	}
	if !d.pattern {
		return d, failure.Usagef("--output: %s alone does not tell storages apart; use %s or %s, too", placeExtension, placeName, placeID)
	}
	format = cmp.Or(format, "jsonl")
	if known, ok := export.Lookup(format); ok {
		d.extension = known.Extension
	}
	if d.extension == "" {
		return d, failure.Usagef("--output: files of the format %q have no ending; say the whole name", format)
	}
	return d, nil
}

// Folders is where storages go that become a folder or an archive each. Where
// there are several, the path of a folder stands for folders in it that are named
// after them.
func Folders(path string, several bool) (Destination, error) {
	d := Destination{path: path}
	if several && isFolder(path) && !strings.Contains(path, "{") {
		d.path = below(path, placeName)
	}
	if err := d.readPlaces(); err != nil {
		return d, err
	}
	if strings.Contains(d.path, placeExtension) {
		return d, failure.Usagef("--output: say the whole ending instead of %s, such as .zip", placeExtension)
	}
	return d, nil
}

// isFolder tells that a path is that of a folder, or of what is like one in a store.
func isFolder(path string) bool { return strings.HasSuffix(filepath.ToSlash(path), "/") }

// checkAddress refuses what is like the address of an object and is none.
func checkAddress(path string) error {
	if !object.Is(path) {
		return nil
	}
	if _, err := object.Parse(path); err != nil {
		return failure.Usagef("--output: %v", err)
	}
	return nil
}

func below(folder, name string) string {
	if object.Is(folder) {
		return folder + name
	}
	return filepath.Join(folder, name)
}

// readPlaces refuses what is rather a mistake than a placeholder.
func (d *Destination) readPlaces() error {
	for _, place := range regexp.MustCompile(`\{[a-zA-Z]+\}`).FindAllString(d.path, -1) {
		if !slices.Contains([]string{placeName, placeID, placeRun, placeDate, placeTime, placeExtension}, place) {
			return failure.Usagef("--output: nothing is known to put in for %s; there are %s, %s, %s, %s, %s and %s", place, placeName, placeID, placeRun, placeDate, placeTime, placeExtension)
		}
	}
	if !object.Is(d.path) {
		d.path = filepath.Clean(d.path) // the folders on the way need not be there
	}
	d.given = d.path
	now := time.Now().UTC()
	d.path = strings.NewReplacer(placeDate, now.Format(time.DateOnly), placeTime, now.Format("150405")).Replace(d.path)
	d.pattern = strings.Contains(d.path, placeName) || strings.Contains(d.path, placeID) || strings.Contains(d.path, placeRun)
	return nil
}

// Pattern is the path as it was given, with its placeholders.
func (d Destination) Pattern() string { return d.given }

// Dated tells that the path is another one at another time.
func (d Destination) Dated() bool {
	return strings.Contains(d.given, placeDate) || strings.Contains(d.given, placeTime)
}

// Path is that of the only storage; "" is stdout.
func (d Destination) Path() string { return d.path }

// Many tells that there is a path for each storage.
func (d Destination) Many() bool { return d.pattern }

// IsFile tells that what is written stays: neither stdout nor a device or a pipe.
func (d Destination) IsFile() bool {
	if d.path == "" || object.Is(d.path) {
		return d.path != ""
	}
	info, err := os.Stat(d.path)
	return err != nil || info.Mode().IsRegular() || info.IsDir()
}

// file is the path of a storage.
func (d Destination) file(name, id, run string) string {
	return strings.NewReplacer(placeName, sink.FileName(cmp.Or(name, id)), placeID, sink.FileName(id), placeRun, sink.FileName(cmp.Or(run, id)),
		placeExtension, d.extension).Replace(d.path)
}

// run is that of the run that has made the storage.
func (t Target) run() string {
	if t.Facts == nil {
		return ""
	}
	return t.Facts.ActRunID
}

// Of is the path of a target whose name no other one has.
func (d Destination) Of(t Target) string { return d.file(t.Name, t.ID, t.run()) }

// Example is a path that decides the format as all the others do.
func (d Destination) Example() string {
	if !d.pattern {
		return d.path
	}
	return d.file("x", "x", "x")
}

// Place gives every target a path of its own, and makes the folders on the way.
func (d Destination) Place(targets []Target) error {
	if err := d.Assign(targets); err != nil {
		return err
	}
	for _, t := range targets {
		if object.Is(t.Path) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(t.Path), 0o777); err != nil { // #nosec G301 -- the user's umask decides
			return err
		}
	}
	return nil
}

// Assign gives every target a path of its own: storages of several owners can have the
// same name, and not every file system tells cases apart.
func (d Destination) Assign(targets []Target) error {
	taken := map[string]bool{}
	for i := range targets {
		t := &targets[i]
		t.Path = d.Of(*t)
		if taken[strings.ToLower(t.Path)] {
			t.Path = d.file(t.Name+"-"+t.ID, t.ID, t.run())
		}
		if taken[strings.ToLower(t.Path)] {
			return fmt.Errorf("two storages would be written to %s", t.Path)
		}
		taken[strings.ToLower(t.Path)] = true
	}
	return nil
}
