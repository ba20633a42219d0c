// Package directory is a storage directory: its three kinds of storages, their
// names, metadata and identity, how they are found, created, renamed and deleted,
// and the locks under which their contents change. What is in a storage is the
// business of the kinds (dataset, records, queue), which it knows as Contents.
package directory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/groupcommit"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// Contents is what a kind does with the inside of its storages, and with what it
// keeps beside them in .apifyctl. All but Describe, CheckSchema, Interrupted and Forget are called with the
// storage's lock held.
type Contents interface {
	// Describe adds the kind's own members to a storage's object. alone: it is
	// asked for by itself, so that what takes longer may be told, too.
	Describe(r *http.Request, c *Collection, s *Storage, object *Object, alone bool) error
	// CheckSchema refuses a schema that a storage cannot have; nil is none.
	CheckSchema(schema []byte) error
	// Interrupted tells whether there is something to repair in a folder.
	Interrupted(c *Collection, folder string) bool
	// Repair undoes what an interrupted change has left of itself.
	Repair(ctx context.Context, c *Collection, folder string) error
	// Moving is called before a storage's folder gets another name, and takes
	// along what is kept beside it.
	Moving(c *Collection, s *Storage, to string) error
	// Deleted removes what was kept beside a storage that is gone.
	Deleted(c *Collection, s *Storage) error
	// Forget drops what is remembered of storages: their folders may be others.
	Forget()
}

// Plain is what Contents is of a kind that takes any schema, keeps nothing beside
// its storages, and whose changes are there or are not. Kinds embed it.
type Plain struct{}

// CheckSchema takes any schema.
func (Plain) CheckSchema([]byte) error { return nil }

// Interrupted is false.
func (Plain) Interrupted(*Collection, string) bool { return false }

// Repair has nothing to do.
func (Plain) Repair(context.Context, *Collection, string) error { return nil }

// Moving has nothing to take along.
func (Plain) Moving(*Collection, *Storage, string) error { return nil }

// Deleted has nothing to remove.
func (Plain) Deleted(*Collection, *Storage) error { return nil }

// Owner tells whose a storage is.
type Owner interface {
	// Describer returns what adds owner and run to storages' objects, for one
	// request. root is nil where there is no storage directory.
	Describer(root *os.Root) (func(*Storage, *Object), error)
}

// Directory is a storage directory. It is safe for concurrent use, also by
// several of them and several processes on the same path.
type Directory struct {
	dir      string // absolute
	key      []byte // signing secrets are derived from it; nil: there are none
	Log      *slog.Logger
	owner    Owner
	contents map[Kind]Contents
	// known is which folder a reference led to, so that not every page of a long
	// read has to look at all folders. What it says is checked before it is used.
	known    *Cache[Ref, string]
	metadata fileCache[Metadata]
	states   fileCache[State]
	usages   usages
	turns    turns
	syncs    groupcommit.Groups[string, struct{}]
	presence durable.Presence
	// Served is set where clients come over a network, who expect what the platform
	// does: their looks count as a client's, and "default" is there from the start.
	Served bool
	// Page is set where the server has a page that shows storages.
	Page bool
	// ReadOnly is set where not even a look at "default" may make it.
	ReadOnly bool
	cleanup  cleanup
	warnings warnings
}

// NotDirectoryError is a path that exists and is no directory.
type NotDirectoryError struct{ Path string }

func (e *NotDirectoryError) Error() string { return e.Path + " is not a directory" }

// Open opens a storage directory, which need not exist: it reads as
// empty, and is created by the first write. Signing secrets are derived from
// key; nil: storages have none.
func Open(dir string, key []byte, log *slog.Logger) (*Directory, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open storage directory: %w", err)
	}
	switch info, err := os.Stat(absolute); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("open storage directory: %w", err)
	case !info.IsDir():
		return nil, &NotDirectoryError{dir}
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Directory{
		dir: absolute, key: key, Log: log, known: NewCache[Ref, string](maxKnown),
		metadata: fileCache[Metadata]{NewCache[string, cachedFile[Metadata]](maxKnown)},
		states:   fileCache[State]{NewCache[string, cachedFile[State]](maxKnown)},
	}, nil
}

// Serve says who owns what is in the directory, and what the kinds are. It comes
// before any other call.
func (d *Directory) Serve(owner Owner, contents map[Kind]Contents) {
	d.owner, d.contents = owner, contents
}

// Close lets go of what is remembered.
func (d *Directory) Close() {
	d.known.Clear()
	d.metadata.Clear()
	d.states.Clear()
}

// Recover finishes what a killed process left half-done. The next change does
// the same; a server does it before it answers anybody.
func (d *Directory) Recover(ctx context.Context) error {
	if err := d.syncPlace(); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	for _, k := range Kinds() {
		err := d.write(ctx, k, func(c *Collection) error { return d.repairAll(ctx, c) })
		if err != nil {
			return fmt.Errorf("recover %ss: %w", k, err)
		}
	}
	return nil
}

// repairAll repairs the storages of a kind, whose lock is held.
func (d *Directory) repairAll(ctx context.Context, c *Collection) error {
	folders, err := c.names()
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if !c.contents.Interrupted(c, folder) {
			continue
		}
		if err := d.alone(ctx, c, &Storage{Kind: c.kind, Folder: folder}, func() error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// syncPlace brings the directory itself to the disk: a server makes it before
// there is a handler.
func (d *Directory) syncPlace() error {
	return d.Writing(func(root *os.Root) error {
		if parent, err := os.OpenRoot(filepath.Dir(d.dir)); err == nil { // it may be closed to us
			_ = atomicfile.SyncFolder(parent, ".")
			_ = parent.Close()
		}
		return atomicfile.SyncFolder(root, ".")
	})
}

// Root opens the storage directory; no path taken through it leaves it, links
// included. It is opened anew for each request, since others may replace it.
// fs.ErrNotExist while there is none.
func (d *Directory) Root() (*os.Root, error) { return os.OpenRoot(d.dir) }

// Writing runs do, which writes something, and creates the directory where it is
// missing.
func (d *Directory) Writing(do func(root *os.Root) error) (err error) {
	leave, err := d.Enter()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	root, err := d.Root()
	if err != nil {
		return err
	}
	defer Closing(root, &err)
	return do(root)
}

// Enter notes that something will be written, after creating the directory where
// it is missing. The first time, what killed processes have left is removed. leave
// ends it; temporary files must be in their places by then.
func (d *Directory) Enter() (leave func() error, err error) {
	if err := atomicfile.MakeDirectory(d.dir); err != nil {
		return nil, err
	}
	root, err := d.Root()
	if err != nil {
		return nil, err
	}
	defer Closing(root, &err)
	if err := d.presence.Enter(root); err != nil {
		return nil, err
	}
	d.cleanup.run(d, root)
	return d.presence.Leave, nil
}

// forget drops what is remembered of a kind's storages after one of them was
// renamed or deleted.
func (d *Directory) forget(k Kind) {
	d.known.Clear()
	d.contents[k].Forget()
}

// Concealed says the same without the path to the directory.
func (d *Directory) Concealed(err error) error {
	text := err.Error()
	shown := strings.ReplaceAll(text, d.dir+string(filepath.Separator), "")
	if shown = strings.ReplaceAll(shown, d.dir, "the storage directory"); shown == text {
		return err
	}
	return &concealedError{err, shown}
}

type concealedError struct {
	error
	shown string
}

func (e *concealedError) Error() string { return e.shown }
func (e *concealedError) Unwrap() error { return e.error }
