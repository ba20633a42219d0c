package kvs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/archive"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type importOptions struct {
	path        string
	remove      bool
	concurrency int
}

func importVerb(kind storage.Resource[api.KeyValueStore]) verb.Verb {
	var o importOptions
	return verb.Verb{
		Use:   "import STORE DIR|FILE.zip",
		Short: "Store the files of a folder or a ZIP as records",
		Long: `Store the files of a folder or a ZIP as records, many at a time. Key and media
type are those of the index that ` + "`kvs export`" + ` has written; a file that is not in
it becomes the record whose key is the file's name, with the media type that
its ending or its bytes suggest. Records that are already the same are skipped. The
files may be objects whose keys begin with s3://BUCKET/PREFIX/ (gs://, az://,
rclone:REMOTE:PATH), the ZIP may be one.

With --delete, records for which there is no file are deleted, after asking.
--dry-run shows what would be done and stops.`,
		Example: `  apifyctl kvs import assets pictures/
  apifyctl kvs import assets pictures/ --delete --dry-run`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Least: 1, Most: 1, Name: "the folder or ZIP"}, Prints: verb.Rows, RowType: step{},
		DryRun: "what would be done",
		What: func(flags *pflag.FlagSet) {
			flags.BoolVar(&o.remove, "delete", false, "delete records for which there is no file")
		},
		How: func(flags *pflag.FlagSet) {
			flags.IntVar(&o.concurrency, "concurrency", transfer.DefaultConcurrency, "records at once")
		},
		Check: func(s *verb.Scope) error {
			o.path = s.Args[0]
			return transfer.CheckConcurrency(o.concurrency)
		},
		Run: o.run,
	}
}

func (o *importOptions) run(ctx context.Context, s *verb.Scope) (err error) {
	source, err := openSource(ctx, s.App, o.path)
	if err != nil {
		if _, named := errors.AsType[*fs.PathError](err); named {
			return err
		}
		return fmt.Errorf("%s: %w", o.path, err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	job := &importing{
		app: s.App, store: storeOf(s), source: source, options: *o,
		results: failure.Outcome{Noun: "records", Tell: s.App.Tell}, entries: map[string]archive.Entry{},
	}
	if err := job.look(ctx); err != nil {
		return err
	}
	if s.DryRun {
		return job.show(ctx, s.Printer)
	}
	if len(job.doomed) > 0 {
		if err := s.App.Confirm(ctx, fmt.Sprintf("Delete %s that %s lacks from key-value store %q for good?", described(job.doomed), o.path, s.Ref)); err != nil {
			return err
		}
	}
	return job.do(ctx)
}

// openSource opens a folder or a ZIP, on this machine or in a store of objects.
func openSource(ctx context.Context, a *app.App, path string) (*archive.Source, error) {
	switch {
	case !object.Is(path):
		return archive.OpenSource(path)
	case strings.HasSuffix(strings.ToLower(path), ".zip"):
		kept, err := a.Fetch(ctx, path)
		if err != nil {
			return nil, err
		}
		return archive.ZipAt(kept.Section(), kept.Size(), kept)
	}
	prefix, err := a.Prefix(ctx, strings.TrimSuffix(path, "/")+"/")
	if err != nil {
		return nil, err
	}
	files := map[string]int64{}
	for info, err := range prefix.Files(ctx) {
		if err != nil {
			return nil, err
		}
		files[info.Key] = info.Size
	}
	if len(files) == 0 {
		return nil, &object.Error{Kind: object.Missing, Problem: "there are no objects"}
	}
	return archive.FilesAt(files, func(name string) (io.ReadCloser, error) { return prefix.Open(ctx, name) })
}

// importing is one import under way.
type importing struct {
	app     *app.App
	store   transfer.Store
	source  *archive.Source
	options importOptions
	entries map[string]archive.Entry
	keys    []string        // of the entries, in their order
	there   map[string]bool // keys that the store has
	doomed  []string
	results failure.Outcome

	stored, same, bytes atomic.Int64
}

// look finds out what there is to do.
func (j *importing) look(ctx context.Context) error {
	names, err := j.store.KeyNames(ctx, api.KeysOptions{})
	if err != nil {
		return err
	}
	j.there = make(map[string]bool, len(names))
	for _, key := range names {
		j.there[key] = true
	}
	for _, entry := range j.source.Entries {
		if err := api.ValidKey(entry.Key); err != nil {
			j.results.Note(fmt.Errorf("file %q: %w", entry.File, err))
			continue
		}
		j.entries[entry.Key] = entry
		j.keys = append(j.keys, entry.Key)
	}
	if j.options.remove {
		j.doomed = slices.DeleteFunc(names, func(key string) bool { _, kept := j.entries[key]; return kept })
	}
	return nil
}

// value is an entry's, with a media type that may have to be found out.
func (j *importing) value(entry archive.Entry) (transfer.Value, error) {
	v := transfer.Value{ContentType: entry.ContentType, Size: entry.Size, Open: func() (io.ReadCloser, error) { return j.source.Open(entry) }}
	var err error
	if v.ContentType == "" {
		v.ContentType, err = v.TypeFor(entry.File)
	}
	return v, err
}

// put stores an entry unless that is how it is already.
func (j *importing) put(ctx context.Context, key string) error {
	entry := j.entries[key]
	v, err := j.value(entry)
	if err != nil {
		return err
	}
	same, err := j.unchanged(ctx, entry, v)
	switch {
	case err != nil:
		return err
	case same:
		j.same.Add(1)
		return nil
	}
	if err := j.store.Upload(ctx, key, v, !j.app.IsLocal()); err != nil {
		return err
	}
	j.stored.Add(1)
	j.bytes.Add(v.Size)
	return nil
}

// step is a line of --dry-run.
type step struct {
	Action string `json:"action"` // put, skip, delete
	Key    string `json:"key"`
	File   string `json:"file"`
	Size   int64  `json:"size"`
}

func (j *importing) show(ctx context.Context, printer *app.Printer) error {
	err := printer.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		stopped := errors.New("nobody wants more")
		show := func(s step) error {
			row, err := json.Marshal(s)
			if !yield(row, err) {
				return stopped
			}
			return err
		}
		keys := func(yield func(string, error) bool) {
			for _, key := range j.keys {
				if !yield(key, nil) {
					return
				}
			}
		}
		err := transfer.InOrder(ctx, keys, j.options.concurrency, func(ctx context.Context, key string) (bool, error) {
			v, err := j.value(j.entries[key])
			if err != nil {
				return false, err
			}
			return j.unchanged(ctx, j.entries[key], v)
		}, func(key string, same bool, err error) error {
			failed := j.store.RecordFailed(key, err)
			if transfer.Fatal(ctx, failed) || errors.Is(failed, context.Canceled) {
				return failed
			}
			entry := j.entries[key]
			action := "put"
			if same {
				action = "skip"
			}
			if j.results.Note(failed) {
				return show(step{action, key, entry.File, entry.Size})
			}
			return nil
		})
		for _, key := range j.doomed {
			if err == nil {
				err = show(step{Action: "delete", Key: key})
			}
		}
		if err != nil && !errors.Is(err, stopped) {
			yield(nil, err)
		}
	})
	return errors.Join(err, j.results.Err())
}

func (j *importing) do(ctx context.Context) error {
	progress := j.app.StartProgress(j.store.Ref.String(), "records", int64(len(j.keys)+len(j.doomed)))
	defer progress.Done()
	each := func(work func(context.Context, string) error) func(context.Context, string) error {
		return func(ctx context.Context, key string) error {
			err := j.store.RecordFailed(key, work(ctx, key))
			if transfer.Fatal(ctx, err) {
				return err
			}
			progress.Add(1, 0)
			j.results.Note(err)
			return nil
		}
	}
	if err := transfer.ForEach(ctx, j.keys, j.options.concurrency, each(j.put)); err != nil {
		return err
	}
	err := transfer.ForEach(ctx, j.doomed, j.options.concurrency, each(func(ctx context.Context, key string) error {
		return j.store.DeleteRecord(ctx, j.store.Ref, key)
	}))
	if err != nil {
		return err
	}
	progress.Done()
	done := fmt.Sprintf("stored %s, %s; %s unchanged", output.Plural(j.stored.Load(), "record", "records"), output.Bytes(j.bytes.Load()), output.Count(j.same.Load()))
	if len(j.doomed) > 0 {
		done += "; deleted " + described(j.doomed)
	}
	j.app.Streams.Notef("%s", done)
	return j.results.Err()
}
