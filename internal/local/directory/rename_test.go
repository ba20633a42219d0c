package directory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// nothing is a kind that keeps nothing beside its storages.
type nothing struct{}

func (nothing) Describe(*http.Request, *Collection, *Storage, *Object, bool) error { return nil }
func (nothing) CheckSchema([]byte) error                                           { return nil }
func (nothing) Repair(context.Context, *Collection, string) error                  { return nil }
func (nothing) Moving(*Collection, *Storage, string) error                         { return nil }
func (nothing) Deleted(*Collection, *Storage) error                                { return nil }
func (nothing) Interrupted(*Collection, string) bool                               { return false }
func (nothing) Forget()                                                            {}

func newDirectory(t *testing.T, dir string) *Directory {
	t.Helper()
	d, err := Open(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Serve(nil, map[Kind]Contents{Datasets: nothing{}, KeyValueStores: nothing{}, RequestQueues: nothing{}})
	return d
}

func (d *Directory) mustFind(t *testing.T, name string) *Storage {
	t.Helper()
	var found *Storage
	err := d.Read(Datasets, func(c *Collection) (err error) {
		found, err = d.Find(c, Ref{Kind: Datasets, Name: name})
		return err
	})
	if err != nil {
		t.Fatalf("dataset %s: %v", name, err)
	}
	return found
}

// A rename that was killed leaves a storage that keeps its ID, and the next
// change puts things in order.
func TestKilledRename(t *testing.T) {
	for _, moved := range []bool{false, true} {
		t.Run(fmt.Sprint("moved ", moved), func(t *testing.T) {
			dir := t.TempDir()
			d := newDirectory(t, dir)
			if err := os.MkdirAll(filepath.Join(dir, "datasets", "a"), 0o777); err != nil {
				t.Fatal(err)
			}
			id := d.mustFind(t, "a").ID
			killed := errors.New("killed")
			err := d.write(t.Context(), Datasets, func(c *Collection) error {
				m := move{"a", "b", State{ID: id, Named: new(true), CreatedAt: time.Now()}}
				if err := durable.WriteState(c.Root, movingFile(Datasets), m); err != nil {
					return err
				}
				if moved {
					if err := c.Folders.Rename("a", "b"); err != nil {
						return err
					}
				}
				return killed
			})
			if !errors.Is(err, killed) {
				t.Fatal(err)
			}
			name := map[bool]string{false: "a", true: "b"}[moved]
			for range 2 {
				if got := d.mustFind(t, name).ID; got != id {
					t.Errorf("the ID is %s, want %s", got, id)
				}
				err := d.Change(t.Context(), Ref{Kind: Datasets, ID: id}, func(*Collection, *Storage) error { return nil })
				if err != nil {
					t.Error(err)
				}
				if _, err := os.Stat(filepath.Join(dir, durable.PrivateFolder, movingFile(Datasets))); !os.IsNotExist(err) {
					t.Errorf("the move is still noted: %v", err)
				}
			}
		})
	}
}
