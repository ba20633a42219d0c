// Package local is a storage directory, as the Apify SDKs leave it, behind an
// http.Handler that speaks the Apify API.
//
// The folders keep the SDKs' own layout, and nothing is put into a storage's
// folder but what an SDK would put there. What has no place there (stable IDs,
// access levels, temporary files, locks) is in the folder .apifyctl beside them.
// That folder appears with the first change; reading never writes.
package local

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/apifyctl/apifyctl/internal/local/account"
	"github.com/apifyctl/apifyctl/internal/local/dataset"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue"
	"github.com/apifyctl/apifyctl/internal/local/records"
	"github.com/apifyctl/apifyctl/internal/local/wire"
)

// Options are what a Handler can be told. Who may ask is not its business: it
// lets everybody in.
type Options struct {
	User       account.User // owns what is in the directory; the zero value: DefaultUser
	SigningKey []byte       // the storages' signing secrets are derived from it; nil: they have none
	Logger     *slog.Logger // nil: silent. Warnings about files that are not as they should be
	Served     bool         // clients come over a network: see directory.Directory
	Page       bool         // the server shows storages on a page, where Apify Console has them
	ReadOnly   bool         // reading makes nothing either, not even the default storages
}

// Handler serves one storage directory. It is safe for concurrent use, also by
// several handlers and processes on the same directory.
type Handler struct {
	dir      *directory.Directory
	account  *account.Handler
	datasets *dataset.Handler
	records  *records.Handler
	queues   *queue.Handler
	routes   http.Handler
	underway sync.WaitGroup
}

// Open makes a handler for a storage directory, which need not exist: it reads
// as empty, and is created by the first write.
func Open(dir string, o Options) (*Handler, error) {
	files, err := directory.Open(dir, o.SigningKey, o.Logger)
	if err != nil {
		return nil, err
	}
	files.Served, files.Page, files.ReadOnly = o.Served, o.Page, o.ReadOnly
	h := &Handler{
		dir:      files,
		account:  account.New(files, o.User),
		datasets: dataset.New(files),
		records:  records.New(files),
		queues:   queue.New(files),
	}
	files.Serve(h.account, map[directory.Kind]directory.Contents{directory.Datasets: h.datasets, directory.KeyValueStores: h.records, directory.RequestQueues: h.queues})
	h.routes = h.newRoutes()
	return h, nil
}

// Close waits for the requests under way, saves the indexes of large queues, and
// lets go of what the handler remembers.
func (h *Handler) Close() error {
	h.underway.Wait()
	err := h.queues.Close()
	h.dir.Close()
	return err
}

// Recover finishes what a killed process left half-done. The next change does
// the same; a server does it before it answers anybody.
func (h *Handler) Recover(ctx context.Context) error { return h.dir.Recover(ctx) }

// What the packages below offer to those who serve a directory.
type (
	// User owns a storage directory.
	User = account.User
	// Found is what decides who else may read a storage.
	Found = directory.Found
	// NotDirectoryError is a path that exists and is no directory.
	NotDirectoryError = directory.NotDirectoryError
)

// DefaultUser owns a directory where nobody else was named.
func DefaultUser() User { return account.DefaultUser() }

// NewUser makes the user of a name; the ID follows from it.
func NewUser(name string) (User, error) { return account.NewUser(name) }

// Visit marks a request of somebody who may read a storage and does not own it.
func Visit(r *http.Request) *http.Request { return directory.Visit(r) }

// FindByID looks for the storage that has an ID, in the collection that a path
// calls so ("datasets"). Names do not count. Nil where there is none.
func (h *Handler) FindByID(collection, id string) (*directory.Found, error) {
	return h.dir.FindByID(collection, id)
}

// FindByName is FindByID for a name.
func (h *Handler) FindByName(collection, name string) (*directory.Found, error) {
	return h.dir.FindByName(collection, name)
}

// rateLimit is what X-RateLimit-Limit says. Nothing is limited here; clients
// that pace themselves by it should not be held up.
const rateLimit = "10000"

// ServeHTTP answers one request of the Apify API.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.underway.Add(1)
	defer h.underway.Done()
	if header := w.Header(); header.Get("X-RateLimit-Limit") == "" {
		header.Set("X-RateLimit-Limit", rateLimit)
	}
	if trimmed, ok := strings.CutSuffix(r.URL.Path, "/"); ok && trimmed != "" {
		// As on the platform, a slash at the end changes nothing.
		copied := *r.URL
		copied.Path, copied.RawPath = trimmed, strings.TrimSuffix(copied.RawPath, "/")
		r = r.Clone(r.Context())
		r.URL = &copied
	}
	if !canonical(r.URL.EscapedPath()) {
		wire.WriteError(w, errPageNotFound)
		return
	}
	h.routes.ServeHTTP(w, r)
}

// WriteError answers in the API's error envelope.
func WriteError(w http.ResponseWriter, status int, kind, message string) {
	wire.WriteError(w, wire.NewError(status, kind, message))
}

// WriteError answers with what went wrong. Where the directory is on the
// machine is nobody's business who asks over a network.
func (h *Handler) WriteError(w http.ResponseWriter, err error) {
	wire.WriteError(w, h.dir.Concealed(err))
}
