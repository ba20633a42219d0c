package kvs

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/archive"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/records"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type exportOptions struct {
	keys        api.KeysOptions
	resume      bool
	concurrency int
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
			case records.NamedTable(path) && !records.NamedArchive(path):
				return failure.WithHint(failure.Usagef("%q is named like a table, and records become a folder or an archive", path),
					"-f csv prints the list of keys; a slash at the end makes a folder of that name")
			case records.NamedOtherArchive(path):
				return failure.WithHint(failure.Usagef("%q is named like an archive of a kind that cannot be written", path),
					"there are .zip, .tar, .tar.gz and .tar.zst; a slash at the end makes a folder of that name")
			case path == "" || path == "-":
				return failure.WithHint(failure.Usagef("where to?"), "name a folder or an archive with --output")
			case o.resume && object.Is(path):
				return failure.Usagef("--resume goes on with a folder on this machine")
			case o.resume && records.NamedArchive(path):
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
		Exporter: func(progress *output.Progress) func(context.Context, destination.Target) (storages.Sum, error) {
			return func(ctx context.Context, t destination.Target) (storages.Sum, error) {
				job := records.Export{
					Store: transfer.Store{KeyValueStores: s.Client.KeyValueStores(), Ref: t.Ref}, Files: s.App, Keys: o.keys,
					Resume: o.resume, NoClobber: s.Print.NoClobber, Concurrency: o.concurrency, Progress: progress, Tell: s.App.Tell,
				}
				done, err := job.To(ctx, t.Path)
				return storages.Sum{Units: done.Records, Bytes: done.Bytes, Skipped: done.Skipped}, err
			}
		},
	}.Run(ctx)
}
