package app

import (
	"context"
	"errors"
	"io"

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

// Prefix opens a prefix.
func (a *App) Prefix(ctx context.Context, path string) (object.Prefix, error) {
	address, err := object.Parse(path)
	if err != nil {
		return object.Prefix{}, err
	}
	store, err := a.store(ctx, address)
	return object.Prefix{Store: store, Address: address}, err
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
