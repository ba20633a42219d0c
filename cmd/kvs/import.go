package kvs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/records"
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
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Least: 1, Most: 1, Name: "the folder or ZIP"}, Prints: verb.Rows, RowType: records.Step{},
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
	source, err := records.Open(ctx, s.App, o.path)
	if err != nil {
		if _, named := errors.AsType[*fs.PathError](err); named {
			return err
		}
		return fmt.Errorf("%s: %w", o.path, err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	job := &records.Import{
		Store: storeOf(s), Source: source, Remove: o.remove, Concurrency: o.concurrency, Compress: !s.App.IsLocal(),
		Outcome: &failure.Outcome{Noun: "records", Tell: s.App.Tell},
	}
	if err := job.Look(ctx); err != nil {
		return err
	}
	if s.DryRun {
		return errors.Join(s.Printer.Rows(ctx, stepRows(job.Steps(ctx))), job.Outcome.Err())
	}
	doomed := job.Doomed()
	if len(doomed) > 0 {
		if err := s.App.Confirm(ctx, fmt.Sprintf("Delete %s that %s lacks from key-value store %q for good?", described(doomed), o.path, s.Ref)); err != nil {
			return err
		}
	}
	progress := s.App.StartProgress(s.Ref.String(), "records", job.Total())
	defer progress.Done()
	imported, err := job.Run(ctx, func() { progress.Add(1, 0) })
	progress.Done()
	if err != nil {
		return err
	}
	done := fmt.Sprintf("stored %s, %s; %s unchanged", output.Plural(imported.Stored, "record", "records"), output.Bytes(imported.Bytes), output.Count(imported.Same))
	if len(doomed) > 0 {
		done += "; deleted " + described(doomed)
	}
	s.App.Streams.Notef("%s", done)
	return job.Outcome.Err()
}

func stepRows(steps iter.Seq2[records.Step, error]) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for step, err := range steps {
			var row json.RawMessage
			if err == nil {
				row, err = json.Marshal(step)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}
