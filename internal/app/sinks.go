package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/azure"
	"github.com/apifyctl/apifyctl/internal/sink/gcs"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/sink/rclone"
	"github.com/apifyctl/apifyctl/internal/sink/s3"
)

// Create starts what is written to a path, or to the address of an object,
// compressed when that ends in .gz or .zst; "" is stdout.
func (a *App) Create(ctx context.Context, path string, w sink.Writing) (sink.Sink, error) {
	if _, compressed := sink.Compressed(path); compressed {
		w.MediaType = "" // that of the content is not what is stored
	}
	to, err := a.CreateRaw(ctx, path, w)
	if err != nil {
		return nil, err
	}
	if w.Watch != nil {
		to = w.Watch(to)
	}
	return sink.Pack(to, path)
}

// CreateRaw is Create for bytes that stay as they are, whatever the path's ending.
func (a *App) CreateRaw(ctx context.Context, path string, w sink.Writing) (sink.Sink, error) {
	switch {
	case path == "":
		return sink.Stream(a.Streams.Out), nil
	case object.Is(path):
		return a.upload(ctx, path, w)
	}
	return sink.CreateFile(path)
}

// CreateNew starts a small file, or an object, that takes no other's place. The
// folders on the way need not exist.
func (a *App) CreateNew(ctx context.Context, path string) (sink.Sink, error) {
	if err := makeFolders(path); err != nil {
		return nil, err
	}
	return a.CreateRaw(ctx, path, sink.Writing{NoClobber: true})
}

// upload starts an object. That it may be written is known from then on.
func (a *App) upload(ctx context.Context, path string, w sink.Writing) (sink.Sink, error) {
	address, store, err := a.located(ctx, path)
	if err != nil {
		return nil, err
	}
	upload, err := store.Begin(ctx, address.Key, object.Options{NoClobber: w.NoClobber, Resume: w.Resume, Sure: w.Sure, MediaType: w.MediaType})
	if err != nil {
		return nil, object.At(path, err)
	}
	a.tellLeft(path, upload.Traits())
	return object.NewWriter(ctx, path, upload, w.Resume, object.UsualSizes), nil
}

// tellLeft says what an earlier upload has left behind.
func (a *App) tellLeft(path string, traits object.Traits) {
	left := traits.Left
	if left == nil {
		return
	}
	what := "an upload"
	if left.Size >= 0 {
		what += " of " + output.Bytes(left.Size)
	}
	if !left.Began.IsZero() {
		what += " that was begun at " + left.Began.UTC().Format(time.DateTime) + " UTC"
	}
	if traits.Resumed {
		a.Streams.Notef("%s: going on with %s", path, what)
		return
	}
	a.Streams.Notef("%s: there is %s and not ended: it was left behind, or is under way; --resume goes on with it", path, what)
}

// Address takes the address of one object apart.
func (a *App) Address(path string) (object.Address, error) {
	address, err := object.Parse(path)
	switch {
	case err != nil:
		return address, failure.Usagef("%v", err)
	case address.IsPrefix():
		return address, failure.Usagef("%q names no object; say its whole key", path)
	}
	return address, nil
}

// located is the address of one object, and the store that it is in.
func (a *App) located(ctx context.Context, path string) (object.Address, object.Store, error) {
	address, err := a.Address(path)
	if err != nil {
		return address, nil, err
	}
	store, err := a.store(ctx, address)
	return address, store, err
}

// store opens the store that an address is in, once.
func (a *App) store(ctx context.Context, address object.Address) (object.Store, error) {
	a.stores.Lock()
	defer a.stores.Unlock()
	holder := object.Address{Scheme: address.Scheme, Bucket: address.Bucket}
	if known, ok := a.stores.open[holder]; ok {
		return known, nil
	}
	opened, err := a.openStore(ctx, holder)
	if err != nil {
		return nil, object.At(address.String(), err)
	}
	if a.stores.open == nil {
		a.stores.open = map[object.Address]object.Store{}
	}
	a.stores.open[holder] = opened
	return opened, nil
}

// stores are those that were opened.
type stores struct {
	sync.Mutex
	open map[object.Address]object.Store
}

func (a *App) openStore(ctx context.Context, holder object.Address) (object.Store, error) {
	settings := object.Settings{
		Endpoint: a.Flags.EndpointURL, Timeout: a.Flags.Timeout, Logger: a.Logger(),
		Retries:  object.Retries{Notify: a.retried, Reached: new(atomic.Bool)},
		Getenv:   a.Environment.Getenv,
		StateDir: filepath.Join(a.Environment.CacheDir, "apifyctl", "resume"),
	}
	switch holder.Scheme {
	case object.GS:
		return gcs.Open(ctx, holder.Bucket, settings)
	case object.AZ:
		return azure.Open(ctx, holder.Bucket, settings)
	case object.Rclone:
		return rclone.Open(holder.Bucket)
	}
	return s3.Open(ctx, holder.Bucket, settings)
}

// Kept tells that --no-clobber leaves what is at a path as it is, which is told.
func (a *App) Kept(ctx context.Context, f PrintFlags, path string) (bool, error) {
	if !f.NoClobber || path == "" || path == "-" || object.Is(path) && (strings.HasSuffix(path, "/") || strings.Contains(path, "{")) {
		return false, nil // several places are looked at one by one
	}
	there, err := a.Exists(ctx, path)
	if there {
		a.Streams.Notef("%s is there already, and stays", path)
	}
	return there, err
}

// Exists tells that there is a file or an object at a path. Who may write need not
// be allowed to look, and is told that there is none.
func (a *App) Exists(ctx context.Context, path string) (bool, error) {
	if !object.Is(path) {
		info, err := os.Stat(path)
		return err == nil && info.Mode().IsRegular(), nil
	}
	address, store, err := a.located(ctx, path)
	if err != nil {
		return false, err
	}
	_, err = store.Stat(ctx, address.Key)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist), object.Denied.Is(err): // who may write need not be allowed to look; the store looks at the end
		return false, nil
	}
	return false, object.At(path, err)
}

// KeptBeside is the path beside which --resume keeps what was fetched for an
// output: that itself, or a file in the user's folder for caches that stands for an
// object.
func (a *App) KeptBeside(path string) (string, error) {
	if !object.Is(path) {
		return path, nil
	}
	dir := filepath.Join(a.Environment.CacheDir, "apifyctl", "resume")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("keep what is fetched: %w", err)
	}
	sum := sha256.Sum256([]byte(path))
	return filepath.Join(dir, hex.EncodeToString(sum[:16])), nil
}
