package kvs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/archive"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/mediatype"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/spool"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type exportOptions struct {
	keys        api.KeysOptions
	resume      bool
	concurrency int
	writing     app.Writing
}

func exportVerb(kind storage.Resource[api.KeyValueStore]) verb.Verb {
	var o exportOptions
	return verb.Verb{
		Use:   "export STORE… -o DIR|FILE.zip|FILE.tar.gz",
		Short: "Download every record into a folder or an archive",
		Long: `Download every record of a store into a folder, a ZIP or a tar, many at a time.

A file is named after its key. Keys that are not a file name on every system,
such as .. and CON, and keys that differ only in case get another name. The file
` + archive.IndexName + ` lists key, file, media type, size and SHA-256 of each record;
` + "`kvs import`" + ` reads it.

A folder must be new, empty, or hold an earlier export, which is brought up to
date. After an interrupted export into a folder, --resume skips what was done.
An archive appears whole or not at all.

Several stores, named or selected by flags, go to a folder each in the folder of
--output, or to what a pattern makes of their {name} (the ID where there is none)
and {id}. One that fails does not stop the others.

With --format the list of keys is printed instead, as by ` + "`kvs keys`" + `.`,
		Example: `  apifyctl kvs export assets -o assets/
  apifyctl kvs export assets -o logos.zip --prefix logo
  apifyctl kvs export --all -o "stores/{name}.zip"
  apifyctl kvs export assets -f csv`,
		Kind: kind.Offers(), Takes: verb.Many, Prints: verb.Files, DryRun: storage.DryRunExports,
		Output: "the folder, or an archive: .zip, .tar, .tar.gz, .tar.zst, also in a store of objects (s3://BUCKET/PREFIX/, gs://, az://, rclone:REMOTE:PATH); of several stores DIR/ or a pattern with {name}, {id}",
		What:   func(flags *pflag.FlagSet) { addKeyFlags(flags, &o.keys) },
		How: func(flags *pflag.FlagSet) {
			flags.BoolVar(&o.resume, "resume", false, "continue an interrupted export into a folder")
			flags.IntVar(&o.concurrency, "concurrency", transfer.DefaultConcurrency, "records at once")
		},
		Check: func(s *verb.Scope) error {
			if err := transfer.CheckConcurrency(o.concurrency); err != nil {
				return err
			}
			switch path := s.Print.Output; {
			case s.Print.Format != "" && s.Several():
				return failure.Usagef("--format prints the keys of one store")
			case s.Print.Format != "":
			case tableNamed(path) && packerFor(path) == nil:
				return failure.WithHint(failure.Usagef("%q is named like a table, and records become a folder or an archive", path),
					"-f csv prints the list of keys; a slash at the end makes a folder of that name")
			case otherArchive(path):
				return failure.WithHint(failure.Usagef("%q is named like an archive of a kind that cannot be written", path),
					"there are .zip, .tar, .tar.gz and .tar.zst; a slash at the end makes a folder of that name")
			case path == "" || path == "-":
				return failure.WithHint(failure.Usagef("where to?"), "name a folder or an archive with --output")
			case o.resume && object.Is(path):
				return failure.Usagef("--resume goes on with a folder on this machine")
			case o.resume && packerFor(path) != nil:
				return failure.Usagef("--resume goes on with a folder; an archive appears whole or not at all")
			}
			return nil
		},
		Run: o.run,
	}
}

func (o *exportOptions) run(ctx context.Context, s *verb.Scope) error {
	if s.Print.Format != "" {
		var err error
		if s.Printer, err = s.App.Printer(s.Print); err != nil {
			return err
		}
		return printKeys(ctx, s, o.keys)
	}
	o.writing.NoClobber = s.Print.NoClobber
	to, err := destination.Folders(s.Print.Output, s.Several())
	if err != nil {
		return err
	}
	if s.Several() && !to.Many() {
		return failure.WithHint(failure.Usagef("several stores need a place for each"), `-o DIR/ or -o "DIR/{name}.zip" makes one folder or file a store`)
	}
	if s.DryRun {
		return storage.KeyValueStores().ShowTargets(ctx, s, to)
	}
	if s.Several() {
		o.concurrency = max(1, o.concurrency/storages.AtOnce)
	} else if _, err := s.Client.KeyValueStores().Get(ctx, s.Ref); err != nil {
		return s.Failed(err) // before anything is made
	}
	return storage.Exports[api.KeyValueStore]{
		Scope: s, Resource: storage.KeyValueStores(), To: to, Folders: true,
		Exporter: func(progress *output.Progress) func(context.Context, destination.Target) (storage.Sum, error) {
			return func(ctx context.Context, t destination.Target) (storage.Sum, error) {
				job := newExporting(s.App, transfer.Store{KeyValueStores: s.Client.KeyValueStores(), Ref: t.Ref}, *o, progress)
				err := job.to(ctx, t.Path)
				if err == nil {
					err = transfer.Failed(api.KindKeyValueStore, t, job.results.Err())
				}
				return storage.Sum{Units: job.records, Bytes: job.bytes.Load(), Skipped: job.skipped}, err
			}
		},
	}.Run(ctx)
}

// tableNamed tells that a path has the ending of a format that rows are printed in.
func tableNamed(path string) bool {
	_, known := export.ForPath(path)
	return known && !strings.HasSuffix(filepath.ToSlash(path), "/")
}

// otherArchive tells that a path has the ending of an archive that packerFor does
// not know.
func otherArchive(path string) bool {
	endings := []string{".7z", ".bz2", ".gz", ".rar", ".tgz", ".xz", ".zst"}
	return packerFor(path) == nil && slices.Contains(endings, strings.ToLower(filepath.Ext(path)))
}

// packerFor is what makes the archive that a name stands for; nil for a folder.
func packerFor(path string) func(io.Writer, time.Time) *archive.Writer {
	name := strings.ToLower(filepath.Base(path))
	switch {
	case strings.HasSuffix(name, ".zip"):
		return archive.NewZip
	case strings.HasSuffix(name, ".tar"), strings.HasSuffix(name, ".tar.gz"), strings.HasSuffix(name, ".tar.zst"):
		return archive.NewTar
	}
	return nil
}

// exporting is one export under way.
type exporting struct {
	app      *app.App
	store    transfer.Store
	options  exportOptions
	progress *output.Progress
	results  failure.Outcome
	start    time.Time
	records  int64
	skipped  int64
	bytes    atomic.Int64
}

func newExporting(a *app.App, s transfer.Store, o exportOptions, progress *output.Progress) *exporting {
	return &exporting{app: a, store: s, options: o, progress: progress, results: failure.Outcome{Noun: "records", Tell: a.Tell}, start: time.Now()}
}

// to exports the store to a folder or an archive. Records that failed by
// themselves are in the results.
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
	folder, err := archive.CreateFolder(path, e.options.resume)
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
	err = transfer.InOrder(ctx, e.keys(ctx, done), e.options.concurrency, func(ctx context.Context, key api.Key) (struct{}, error) {
		return struct{}{}, e.intoFolder(ctx, folder, key)
	}, func(key api.Key, _ struct{}, err error) error {
		return e.note(ctx, key, err)
	})
	if err != nil {
		return err
	}
	all := e.results.Failed() == 0 && e.options.keys == (api.KeysOptions{})
	return folder.Finish(all)
}

func (e *exporting) intoFolder(ctx context.Context, folder *archive.Folder, key api.Key) error {
	return transfer.Tries(func() error {
		_, err := folder.Put(key.Key, func(w io.Writer) (string, error) {
			info, err := e.store.CopyOnce(ctx, key, func(api.RecordInfo) (io.Writer, error) { return e.counting(w), nil })
			return info.ContentType, err
		})
		return err
	})
}

func (e *exporting) counting(w io.Writer) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		n, err := w.Write(p)
		e.progress.Add(0, int64(n))
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
	file, err := e.app.Create(ctx, path, e.options.writing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Abort()) }()
	writer := pack(file, e.start)
	err = transfer.InOrder(ctx, e.keys(ctx, func(string) bool { return false }), e.options.concurrency, e.fetch, func(key api.Key, f fetched, err error) error {
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
	info, err := e.store.CopyTo(ctx, key, func(api.RecordInfo) (io.Writer, error) {
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
		for key, err := range e.store.Keys(ctx, e.store.Ref, e.options.keys) {
			if err != nil {
				yield(api.Key{}, e.store.Failed(err))
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
	e.progress.Add(1, 0)
	if errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, transfer.ErrGone) {
		e.app.Streams.Warnf("record %q was deleted meanwhile", key.Key)
		return nil
	}
	err = e.store.RecordFailed(key.Key, err)
	if transfer.Fatal(ctx, err) {
		return err
	}
	e.results.Note(err)
	if err == nil {
		e.records++
	}
	return nil
}
