package directory

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// noteBeside writes a file of state as it is kept beside the storages.
func noteBeside(t *testing.T, d *Directory, name string, value any) {
	t.Helper()
	err := d.write(t.Context(), Datasets, func(c *Collection) error { return durable.WriteState(c.Root, name, value) })
	if err != nil {
		t.Fatal(err)
	}
}

func (d *Directory) tell(t *testing.T) *bytes.Buffer {
	t.Helper()
	told := &bytes.Buffer{}
	d.Log = slog.New(slog.NewTextHandler(told, nil))
	return told
}

func makeFolders(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
}

// A note of a renaming that would lead out of the directory is told, and not
// followed.
func TestNotesOfRenamingStayInside(t *testing.T) {
	for name, m := range map[string]move{
		"from above":     {From: "../a", To: "b"},
		"from a path":    {From: `x\a`, To: "b"},
		"from something": {From: ".git", To: "b"},
		"to above":       {From: "a", To: "../b"},
		"to nothing":     {From: "a", To: ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := newDirectory(t, dir)
			makeFolders(t, dir, "a", "datasets/b", "datasets/c")
			m.State.ID = newID()
			noteBeside(t, d, movingFile(Datasets), m)
			told := d.tell(t)
			err := d.Read(Datasets, func(c *Collection) error {
				if c.moving != nil {
					t.Errorf("it was believed: %v", c.moving)
				}
				return nil
			})
			if err != nil || !strings.Contains(told.String(), "renaming was ignored") {
				t.Errorf("told %q, %v", told, err)
			}
		})
	}
}

// Whoever might read a storage whose state is damaged, it is the owner alone now.
func TestStateWithoutAnID(t *testing.T) {
	dir := t.TempDir()
	d := newDirectory(t, dir)
	makeFolders(t, dir, "datasets/a")
	noteBeside(t, d, stateFile(Datasets, "a"), State{ID: "no ID", GeneralAccess: "ANYONE_WITH_ID_CAN_READ"})
	told := d.tell(t)
	if found := d.mustFind(t, "a"); found.access != restrictedAccess || !ValidID(found.ID) {
		t.Errorf("access %s, ID %s", found.access, found.ID)
	}
	if !strings.Contains(told.String(), "it has no ID") {
		t.Errorf("told %q", told)
	}
}

// Storages are folders, and links to others of the same kind.
func TestWhatIsAStorage(t *testing.T) {
	dir := t.TempDir()
	d := newDirectory(t, dir)
	makeFolders(t, dir, "datasets/a", "elsewhere", "datasets/.hidden", "datasets/__OLD_x")
	if err := os.WriteFile(filepath.Join(dir, "datasets", "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{"a"}
	if err := errors.Join(os.Symlink("a", filepath.Join(dir, "datasets", "link")), os.Symlink("../elsewhere", filepath.Join(dir, "datasets", "to-elsewhere")),
		os.Symlink("file", filepath.Join(dir, "datasets", "to-file")),
		os.Symlink("nowhere", filepath.Join(dir, "datasets", "to-nothing")), os.Symlink(t.TempDir(), filepath.Join(dir, "datasets", "outside"))); err != nil {
		t.Logf("no links here: %v", err)
	} else {
		want = append(want, "link")
	}
	err := d.Read(Datasets, func(c *Collection) error {
		names, err := c.names()
		if !slices.Equal(names, want) {
			t.Errorf("storages %q, want %q", names, want)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A folder that has gone is no folder, rather than nothing.
func TestFolderThatHasGone(t *testing.T) {
	dir := t.TempDir()
	d := newDirectory(t, dir)
	makeFolders(t, dir, "datasets/a")
	found := d.mustFind(t, "a")
	if err := os.Remove(filepath.Join(dir, "datasets", "a")); err != nil {
		t.Fatal(err)
	}
	err := d.Read(Datasets, func(c *Collection) error {
		folder, err := c.Inside(found)
		if folder != nil || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v, %v", folder, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
