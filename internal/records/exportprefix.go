package records

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/archive"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// objectsAtOnce bounds memory: each object on its way can take as much as four parts.
const objectsAtOnce = 4

// toPrefix exports the store to objects whose keys begin alike, as the files of a
// folder would be called. Each appears whole, and the index, which is the last, tells
// that all of them are there.
func (e *exporting) toPrefix(ctx context.Context, path string) error {
	path = strings.TrimSuffix(path, "/") + "/"
	// That it may be written there is found out with the index, before the first record.
	index, err := e.Files.CreateRaw(ctx, path+archive.IndexName, sink.Writing{NoClobber: e.NoClobber})
	if err != nil {
		return err
	}
	err = e.intoPrefix(ctx, path, index)
	if err != nil {
		return errors.Join(err, index.Abort())
	}
	return index.Commit()
}

func (e *exporting) intoPrefix(ctx context.Context, path string, index io.Writer) error {
	names, files := archive.NewNames(nil), map[string]string{}
	var entries []archive.Entry
	named := func(key string) bool {
		files[key] = names.For(key) // in the order of the keys, which decides who of two keeps its name
		return false
	}
	type item struct {
		key  api.Key
		file string
	}
	items := func(yield func(item, error) bool) {
		for key, err := range e.keys(ctx, named) {
			if !yield(item{key, files[key.Key]}, err) {
				return
			}
			delete(files, key.Key)
		}
	}
	err := transfer.InOrder(ctx, items, min(e.Concurrency, objectsAtOnce), func(ctx context.Context, i item) (archive.Entry, error) {
		return e.intoObject(ctx, path+i.file, archive.Entry{Key: i.key.Key, File: i.file}, i.key)
	}, func(i item, entry archive.Entry, err error) error {
		if err == nil {
			entries = append(entries, entry)
		}
		return e.note(ctx, i.key, err)
	})
	if err != nil {
		return err
	}
	return archive.WriteIndex(index, entries)
}

// intoObject writes one record.
func (e *exporting) intoObject(ctx context.Context, path string, entry archive.Entry, key api.Key) (archive.Entry, error) {
	err := transfer.Tries(func() (err error) {
		var to sink.Sink
		var sum hash.Hash
		entry.Size = 0
		defer func() {
			if to != nil {
				err = errors.Join(err, to.Abort())
			}
		}()
		info, err := e.Store.CopyOnce(ctx, key, func(info api.RecordInfo) (io.Writer, error) {
			if to != nil {
				if err := to.Abort(); err != nil {
					return nil, err
				}
			}
			sum = sha256.New()
			to, err = e.Files.CreateRaw(ctx, path, sink.Writing{NoClobber: e.NoClobber, Sure: true, MediaType: info.ContentType})
			if err != nil {
				return nil, err
			}
			return e.counting(writerFunc(func(p []byte) (int, error) {
				entry.Size += int64(len(p))
				_, _ = sum.Write(p) // never fails
				return to.Write(p)
			})), nil
		})
		if err != nil {
			return err
		}
		entry.ContentType, entry.SHA256 = info.ContentType, hex.EncodeToString(sum.Sum(nil))
		return to.Commit()
	})
	return entry, err
}
