// Package records moves the records of a store to files and back: to a folder, an
// archive or objects, many at a time.
package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync/atomic"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/archive"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/mediatype"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/spool"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Files is where files, and objects, are written.
type Files interface {
	// Create starts what is written to a path, compressed where its ending says so.
	Create(ctx context.Context, path string, w sink.Writing) (sink.Sink, error)
	// CreateRaw is Create for bytes that stay as they are.
	CreateRaw(ctx context.Context, path string, w sink.Writing) (sink.Sink, error)
}

// Export takes the records of a store to a folder, an archive or objects.
type Export struct {
	Store       transfer.Store
	Files       Files
	Keys        api.KeysOptions // which records
	Resume      bool            // go on in a folder where an earlier export ended
	NoClobber   bool            // an archive or an object that is there stays, and is an error
	Concurrency int             // records at once
	Progress    *output.Progress
	Tell        failure.Tell
}

// Exported is what was exported.
type Exported struct {
	Records, Bytes int64
	Skipped        int64 // records that were there already
}

// To exports to the folder, the archive or the prefix that a path names. What was
// exported is right also after an error.
func (e Export) To(ctx context.Context, path string) (Exported, error) {
	job := &exporting{Export: e, results: failure.Outcome{Noun: "records", Tell: e.Tell}, start: time.Now()}
	err := job.to(ctx, path)
	if err == nil {
		err = e.Store.Failed(job.results.Err())
	}
	return Exported{job.records, job.bytes.Load(), job.skipped}, err
}

// exporting is one export under way.
type exporting struct {
	Export
	results failure.Outcome
	start   time.Time
	records int64
	skipped int64
	bytes   atomic.Int64
}

// to leaves records that failed by themselves in the results.
func (e *exporting) to(ctx context.Context, path string) error {
	if pack := packerFor(path); pack != nil {
		return e.toArchive(ctx, path, pack)
	}
	if object.Is(path) {
		return e.toPrefix(ctx, path)
	}
	return e.toFolder(ctx, path)
}

func (e *exporting) toFolder(ctx context.Context, path string) (err error) {
	folder, err := archive.CreateFolder(path, e.Resume)
	if notEmpty, ok := errors.AsType[*archive.NotEmptyError](err); ok {
		return failure.Usagef("%v", notEmpty)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	done := func(key string) bool {
		folder.Name(key) // in the order of the keys, which decides who of two keeps its name
		return folder.Done(key)
	}
	err = transfer.InOrder(ctx, e.keys(ctx, done), e.Concurrency, func(ctx context.Context, key api.Key) (struct{}, error) {
		return struct{}{}, e.intoFolder(ctx, folder, key)
	}, func(key api.Key, _ struct{}, err error) error {
		return e.note(ctx, key, err)
	})
	if err != nil {
		return err
	}
	all := e.results.Failed() == 0 && e.Keys == (api.KeysOptions{})
	return folder.Finish(all)
}

func (e *exporting) intoFolder(ctx context.Context, folder *archive.Folder, key api.Key) error {
	return transfer.Tries(func() error {
		_, err := folder.Put(key.Key, func(w io.Writer) (string, error) {
			info, err := e.Store.CopyOnce(ctx, key, func(api.RecordInfo) (io.Writer, error) { return e.counting(w), nil })
			return info.ContentType, err
		})
		return err
	})
}

func (e *exporting) counting(w io.Writer) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		n, err := w.Write(p)
		e.Progress.Add(0, int64(n))
		e.bytes.Add(int64(n))
		return n, err
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// fetched is a value on its way into an archive.
type fetched struct {
	entry archive.Entry
	value *spool.Spool
}

func (e *exporting) toArchive(ctx context.Context, path string, pack func(io.Writer, time.Time) *archive.Writer) (err error) {
	file, err := e.Files.Create(ctx, path, sink.Writing{NoClobber: e.NoClobber})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Abort()) }()
	writer := pack(file, e.start)
	err = transfer.InOrder(ctx, e.keys(ctx, func(string) bool { return false }), e.Concurrency, e.fetch, func(key api.Key, f fetched, err error) error {
		if f.value != nil {
			defer func() { _ = f.value.Close() }() // a temporary file that is not needed any more
		}
		if err != nil {
			return e.note(ctx, key, err)
		}
		value, err := f.value.Open()
		if err != nil {
			return err
		}
		if err := writer.Add(f.entry, mediatype.IsText(f.entry.ContentType), value); err != nil {
			return err
		}
		return e.note(ctx, key, nil)
	})
	if err != nil {
		return err
	}
	if failed := e.results.Err(); failed != nil {
		// Not an error of a part (exit code 5): nothing is done.
		return fmt.Errorf("%s is not written, because an archive holds all records or none: %s", path, failed.Error())
	}
	if err := writer.Finish(); err != nil {
		return err
	}
	sink.CountItems(file, e.records)
	return file.Commit()
}

func (e *exporting) fetch(ctx context.Context, key api.Key) (fetched, error) {
	f := fetched{value: &spool.Spool{}}
	info, err := e.Store.CopyTo(ctx, key, func(api.RecordInfo) (io.Writer, error) {
		return e.counting(f.value), f.value.Reset()
	})
	if err != nil {
		return f, err
	}
	f.entry = archive.Entry{Key: key.Key, ContentType: info.ContentType, Size: f.value.Size()}
	f.entry.SHA256, err = f.value.Sum()
	return f, err
}

// keys are those to export, without those that are done.
func (e *exporting) keys(ctx context.Context, done func(string) bool) iter.Seq2[api.Key, error] {
	return func(yield func(api.Key, error) bool) {
		for key, err := range e.Store.Keys(ctx, e.Store.Ref, e.Keys) {
			if err != nil {
				yield(api.Key{}, e.Store.Failed(err))
				return
			}
			if done(key.Key) {
				e.skipped++
				continue
			}
			if !yield(key, nil) {
				return
			}
		}
	}
}

// note takes note of a record; its error ends all where it would befall the others.
func (e *exporting) note(ctx context.Context, key api.Key, err error) error {
	e.Progress.Add(1, 0)
	if errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, transfer.ErrGone) {
		e.Tell(fmt.Errorf("record %q was deleted meanwhile", key.Key))
		return nil
	}
	err = e.Store.RecordFailed(key.Key, err)
	if transfer.Fatal(ctx, err) {
		return err
	}
	e.results.Note(err)
	if err == nil {
		e.records++
	}
	return nil
}
