package datasets

import (
	"context"
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/rowschema"
)

const gcPercent = 25

type exportOptions struct {
	items  api.ItemsOptions
	look   lookFlags
	merge  mergeFlags
	dedupe dedupeFlags
	recent recentFlags
	since  sinceFlags
	resume bool
	follow bool
	bulk   bulkFlags
}

func exportVerb(kind storage.Resource[api.Dataset]) verb.Verb {
	var e exporter
	o := &e.options
	var to destination.Destination
	return verb.Verb{
		Use:   `export REF… [-o FILE | -o DIR/ | -o "DIR/{name}.{ext}"]`,
		Short: "Export all items, to stdout or to files",
		Long: `Export datasets, complete, to stdout or with --output to files. The format is
that of --format, else that of the file's ending (.csv, .jsonl.gz, …).

A file appears whole or not at all: it is written beside its destination and
renamed when everything is there. So does an object: s3://BUCKET/KEY,
gs://BUCKET/KEY, az://CONTAINER/KEY, or by your own rclone rclone:REMOTE:PATH.
Memory stays the same however large the dataset is.

In csv, tsv, xlsx and html nested values become columns such as reviews/0/name.
The columns are all that occur in any item, sorted, or those of --fields.

In parquet, columns have types, inferred from all items, in the order in which
they first occur; objects become groups, and arrays become lists. What no type
can hold without loss becomes JSON text.

Several datasets, named or selected by flags, go to a folder, or to the files
that a pattern makes of their {name} (the ID where there is none), {id}, the {run}
that made them, and the format's {ext}; {date} and {time} are today's, in UTC.
They are exported at the same time, and one that fails does not stop the others.

With --merge, several datasets become one file, one behind the other: in the
order in which they were named, selected ones from the oldest on. It has the
columns of all, is whole or not there, and --source-column says where an item
comes from.

With --dedupe, only the first of items that are equal as JSON is kept, or with
--dedupe-keep last the last; --dedupe-by compares only some fields. What does not
fit into memory goes to temporary files.

With --new-items-of-last 24h --time-field scrapedAt, only items whose time is
within the last 24 hours are written; items without a time are left out, and
counted.

With --since-last, an export takes what is new since the last one to the same
place: new items of datasets that have grown, and datasets that are new. jsonl,
and csv and tsv with --fields, are appended to; other formats get a file each
time, with {date} or {time} in its name, or one for each dataset, which is
written anew. Every item comes exactly once, even if an export is interrupted.
What was taken is recorded beside the destination, or in --state.

With --resume, an interrupted export keeps what it has fetched in a hidden file
beside the destination, and the same command continues from there.

With --plan and --shard, this is one of many workers of a job that apifyctl plan
has made: see apifyctl plan --help. --shard 2/8 alone takes the datasets that
fall to the third of eight workers by a hash of their IDs.

With --follow, items are written as they come in, until the run that makes them
ends or you press Ctrl-C: as jsonl, or as csv or tsv with --fields.`,
		Example: `  apifyctl datasets export products -o products.xlsx --fields name,price/amount
  apifyctl datasets export products --clean -f jsonl
  apifyctl datasets export --name "prod*" -o "out/{name}.csv.gz"
  apifyctl datasets export products -o products.parquet
  apifyctl datasets export --all --merge --source-column --dedupe-by url -o all.csv
  apifyctl datasets export --name "prod*" --since-last -o "out/{name}.jsonl"
  apifyctl datasets export products -o s3://bucket/products.parquet --dry-run
  apifyctl datasets export --all --shard 0/2 -o "out/{name}.csv"`,
		Kind: kind.Offers(), Takes: verb.Many, Prints: verb.Files, RowType: rowschema.AnyObject{}, Fields: fieldFlags(), DryRun: storage.DryRunExports,
		What: func(flags *pflag.FlagSet) {
			addItemFlags(flags, &o.items)
			o.dedupe.add(flags)
			o.recent.add(flags)
			o.since.add(flags)
		},
		Where: func(flags *pflag.FlagSet) { o.merge.add(flags) },
		Look:  func(flags *pflag.FlagSet) { o.look.add(flags) },
		How: func(flags *pflag.FlagSet) {
			addPageFlags(flags, &o.items)
			flags.BoolVar(&o.resume, "resume", false, "keep what was fetched if the export is interrupted, and continue from there")
			flags.BoolVar(&o.follow, "follow", false, "go on with the items that come in, until the run ends or Ctrl-C")
			o.bulk.add(flags)
		},
		Instead: o.bulk.planned,
		Values:  withValues(parquetValues(), "dedupe-keep", []string{keepFirst, keepLast}),
		Output:  "write to this file, or to files in this folder (DIR/ or a pattern with {name}, {id}, {run}, {date}, {time}, {ext}), or to objects (s3://, gs://, az://, rclone:REMOTE:PATH), instead of stdout; the ending decides the format (- is stdout)",
		Check: func(s *verb.Scope) (err error) {
			o.look.bomGiven = s.Changed("bom")
			e.Scope = s
			s.Print.Resume = o.resume
			if err := checkItems(&o.items); err != nil {
				return err
			}
			if to, err = destination.New(s.Print.Output, s.Print.Format); err != nil {
				return err
			}
			if err := o.bulk.check(&e, to); err != nil {
				return err
			}
			return e.check(to)
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			if s.DryRun && !o.bulk.planned() && !o.since.on {
				if o.merge.on {
					return storage.ShowTarget(ctx, s, to.Path())
				}
				return kind.ShowTargets(ctx, s, to)
			}
			return e.run(ctx, to)
		},
	}
}

// run decides between one dataset and several.
func (e *exporter) run(ctx context.Context, to destination.Destination) error {
	// What fills memory are a few large pages without pointers: looking for
	// garbage often costs next to nothing and keeps the peak low.
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	switch {
	case e.options.bulk.planned():
		return e.planned(ctx, to)
	case e.options.follow:
		return e.follow(ctx, e.Ref, to.Path())
	case e.options.since.on:
		return e.sinceLast(ctx, to)
	case e.options.merge.on:
		return e.merged(ctx, to.Path())
	case e.Several():
		return e.several(ctx, to)
	case to.Many():
		return e.intoFolder(ctx, to)
	}
	return e.only(ctx, destination.Target{Ref: e.Ref, Path: to.Path()})
}
