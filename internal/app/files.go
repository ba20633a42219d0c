package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"

	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// OpenFile reads a file, or an object of a store; a missing one is fs.ErrNotExist.
func (a *App) OpenFile(ctx context.Context, path string) (io.ReadCloser, error) {
	if !object.Is(path) {
		return os.Open(path) //nolint:gosec // the file that the user names
	}
	address, store, err := a.located(ctx, path)
	if err != nil {
		return nil, err
	}
	body, err := store.Open(ctx, address.Key)
	return body, object.At(path, err)
}

// WriteFile writes a small file, or an object, whole or not at all, in the place of
// what is there. The folders on the way need not exist.
func (a *App) WriteFile(ctx context.Context, path string, text []byte) error {
	if err := makeFolders(path); err != nil {
		return err
	}
	file, err := a.CreateRaw(ctx, path, sink.Writing{Sure: true})
	if err != nil {
		return err
	}
	if _, err := file.Write(text); err != nil {
		return errors.Join(err, file.Abort())
	}
	return file.Commit()
}

func makeFolders(path string) error {
	if object.Is(path) {
		return nil
	}
	return os.MkdirAll(filepath.Dir(path), 0o777) // #nosec G301 -- the user's umask decides
}

// ListFiles yields the names of all files below a folder, or of objects behind a
// prefix that ends in a slash, relative to it and with slashes. A folder that is not
// there holds nothing.
func (a *App) ListFiles(ctx context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if object.Is(folder) {
			prefix, err := a.Prefix(ctx, folder)
			if err != nil {
				yield("", err)
				return
			}
			for info, err := range prefix.Files(ctx) {
				if !yield(info.Key, err) || err != nil {
					return
				}
			}
			return
		}
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // a temporary file that is gone by now
			}
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			name, err := filepath.Rel(folder, path)
			if err == nil && !yield(filepath.ToSlash(name), nil) {
				err = fs.SkipAll
			}
			return err
		})
		if err != nil {
			yield("", err)
		}
	}
}

// FileSize is that of a file or an object, in bytes; of a missing one fs.ErrNotExist.
func (a *App) FileSize(ctx context.Context, path string) (int64, error) {
	if !object.Is(path) {
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
	address, store, err := a.located(ctx, path)
	if err != nil {
		return 0, err
	}
	info, err := store.Stat(ctx, address.Key)
	return info.Size, object.At(path, err)
}
