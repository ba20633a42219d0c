package app

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/spool"
)

// Remote opens objects of stores, for an input.Opener.
func (a *App) Remote(ctx context.Context) func(path string) (func() (io.ReadCloser, error), int64, bool, error) {
	return func(path string) (func() (io.ReadCloser, error), int64, bool, error) {
		if !object.Is(path) {
			return nil, 0, false, nil
		}
		address, store, err := a.located(ctx, path)
		if err != nil {
			return nil, 0, true, err
		}
		info, err := store.Stat(ctx, address.Key)
		if err != nil {
			return nil, 0, true, object.At(path, err)
		}
		open := func() (io.ReadCloser, error) {
			body, err := store.Open(ctx, address.Key)
			return body, object.At(path, err)
		}
		return open, info.Size, true, nil
	}
}

// Prefix is several objects whose keys begin alike, as files in a folder do.
type Prefix struct {
	store   object.Store
	address object.Address
}

// Prefix opens a prefix.
func (a *App) Prefix(ctx context.Context, path string) (Prefix, error) {
	address, err := object.Parse(path)
	if err != nil {
		return Prefix{}, err
	}
	store, err := a.store(ctx, address)
	return Prefix{store, address}, err
}

// Files yields the names behind the prefix, and sizes.
func (p Prefix) Files(ctx context.Context) iter.Seq2[object.Info, error] {
	return func(yield func(object.Info, error) bool) {
		for info, err := range p.store.List(ctx, p.address.Key) {
			info.Key = info.Key[min(len(info.Key), len(p.address.Key)):]
			if err == nil && info.Key == "" {
				continue // what stands for the folder itself
			}
			if !yield(info, object.At(p.address.String(), err)) || err != nil {
				return
			}
		}
	}
}

// Open reads one of them.
func (p Prefix) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	body, err := p.store.Open(ctx, p.address.Key+name)
	return body, object.At(p.address.String()+name, err)
}

// Fetch brings an object to this machine, for what has to be read at any place.
func (a *App) Fetch(ctx context.Context, path string) (_ *spool.Spool, err error) {
	open, _, _, err := a.Remote(ctx)(path)
	if err != nil {
		return nil, err
	}
	body, err := open()
	if err != nil {
		return nil, err
	}
	kept := &spool.Spool{}
	if _, err := io.Copy(kept, body); err != nil {
		return nil, errors.Join(err, body.Close(), kept.Close())
	}
	return kept, body.Close()
}
