// Package local is a storage directory, as the Apify SDKs leave it, behind an
// http.Handler that speaks the Apify API.
//
// The folders keep the SDKs' own layout, and nothing is put into a storage's
// folder but what an SDK would put there. What has no place there (stable IDs,
// access levels, temporary files, locks) is in the folder .apifyctl beside them.
// That folder appears with the first change; reading never writes, unless a
// handler is told to pack.
package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

// privateFolder holds our own state, below the storage directory.
const privateFolder = ".apifyctl"

// Options are what a Handler can be told. Who may ask is not its business: it
// lets everybody in.
type Options struct {
	User       User         // owns what is in the directory; the zero value: DefaultUser
	SigningKey []byte       // the storages' signing secrets are derived from it; nil: they have none
	Logger     *slog.Logger // nil: silent. Warnings about files that are not as they should be
	Pack       bool         // write packed copies of small items in the background, also for reading alone
}

// Handler serves one storage directory. It is safe for concurrent use, also by
// several handlers and processes on the same directory.
type Handler struct {
	dir     string // absolute
	user    User
	key     []byte
	log     *slog.Logger
	routes  http.Handler
	indexes indexCache
	records recordIndexes
	known   folderCache
	facts   factsCache
	queues  queueCache
	usages  usages
	turns   turns
	syncs   folderSyncs
	packer  packer
	keeper  journalKeeper
	trash   trash

	memories sync.Pool // of *readMemory
	sweeper  sweeper
}

// NotDirectoryError is a path that exists and is no directory.
type NotDirectoryError struct{ Path string }

func (e *NotDirectoryError) Error() string { return e.Path + " is not a directory" }

// Open makes a handler for a storage directory, which need not exist: it reads
// as empty, and is created by the first write.
func Open(dir string, o Options) (*Handler, error) {
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
	h := &Handler{dir: absolute, user: o.User, key: o.SigningKey, log: o.Logger}
	if h.user == (User{}) {
		h.user = DefaultUser()
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if o.Pack {
		h.packer.start(packSettle)
	}
	h.routes = h.newRoutes()
	return h, nil
}

// Close lets go of what the handler remembers. Requests under way end as usual.
func (h *Handler) Close() error {
	err := errors.Join(h.keeper.close(), h.saveQueues())
	h.packer.close()
	err = errors.Join(err, h.trash.close(h.root))
	h.indexes.clear()
	h.records.clear()
	h.known.clear()
	h.facts.clear()
	h.queues.clear()
	return err
}

// Recover undoes and finishes what a killed process left half-done. The next
// change does the same; a server does it before it answers anybody.
func (h *Handler) Recover(ctx context.Context) error {
	if err := h.settle(); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	for _, k := range kinds() {
		if err := h.write(ctx, k, func(*shelf) error { return nil }); err != nil {
			return fmt.Errorf("recover %ss: %w", k, err)
		}
	}
	if err := h.undoPlacings(ctx); err != nil {
		return fmt.Errorf("recover %ss: %w", datasets, err)
	}
	if err := h.settleStores(ctx); err != nil {
		return fmt.Errorf("recover %ss: %w", keyValueStores, err)
	}
	return h.dropLonelyPacks()
}

// settle brings the directory itself to the disk: a server makes it before there
// is a handler.
func (h *Handler) settle() (err error) {
	root, err := h.rootForWriting()
	if err != nil {
		return err
	}
	defer closing(root, &err)
	if parent, err := os.OpenRoot(filepath.Dir(h.dir)); err == nil { // it may be closed to us
		_ = syncFolder(parent, ".")
		_ = parent.Close()
	}
	return syncFolder(root, ".")
}

// root opens the storage directory; no path taken through it leaves it, links
// included. It is opened anew for each request, since others may replace it.
// fs.ErrNotExist while there is none.
func (h *Handler) root() (*os.Root, error) { return os.OpenRoot(h.dir) }

// rootForWriting is root, after creating the directory where it is missing.
func (h *Handler) rootForWriting() (*os.Root, error) {
	if err := makeDirectory(h.dir); err != nil {
		return nil, err
	}
	return h.root()
}
