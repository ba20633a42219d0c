package queues

import (
	"context"
	"encoding/json"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/requests"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

func exportVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	var e exporter
	return verb.Verb{
		Use:   `export QUEUE… [-o FILE | -o DIR/ | -o "DIR/{name}.{ext}"]`,
		Short: "Export all requests, to stdout or to files",
		Long: `Export the requests of queues, complete, to stdout or with --output to files. A
file appears whole or not at all. The format is that of --format, else that of
the file's ending (.csv, .jsonl.gz, …).

Several queues, named or selected by flags, go to a folder, or to the files that
a pattern makes of their {name} (the ID where there is none), {id} and the
format's {ext}. One that fails does not stop the others.`,
		Example: `  apifyctl queues export crawl -o requests.csv
  apifyctl queues export crawl --filter failed -f jsonl
  apifyctl queues export --all -o "out/{name}.jsonl.gz"`,
		Kind: kind.Offers(), Takes: verb.Many, Prints: verb.Files, RowType: requestRow(), Values: filterValues(), DryRun: storage.DryRunExports,
		What: func(flags *pflag.FlagSet) { addSelection(flags, &e.chosen) },
		Check: func(s *verb.Scope) (err error) {
			e.Scope = s
			if err := e.chosen.Check(); err != nil {
				return err
			}
			if e.to, err = destination.New(s.Print.Output, s.Print.Format); err != nil {
				return err
			}
			if s.Several() && !e.to.Many() {
				return failure.WithHint(failure.Usagef("several queues need a place for each"), `-o DIR/ or -o "DIR/{name}.csv" makes one file a queue`)
			}
			_, err = e.printer(e.to.Example())
			return err
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			if s.DryRun {
				return kind.ShowTargets(ctx, s, e.to)
			}
			return e.run(ctx, kind)
		},
	}
}

// exporter writes the requests of queues as the flags have it.
type exporter struct {
	*verb.Scope
	chosen requests.Selection
	to     destination.Destination
}

func (e *exporter) run(ctx context.Context, kind storage.Resource[api.RequestQueue]) error {
	return storage.Exports[api.RequestQueue]{
		Scope: e.Scope, Resource: kind, To: e.to,
		Exporter: func(progress *output.Progress) func(context.Context, destination.Target) (storages.Sum, error) {
			return func(ctx context.Context, t destination.Target) (storages.Sum, error) {
				printer, err := e.printer(t.Path)
				if err != nil {
					return storages.Sum{}, err
				}
				return e.export(ctx, printer, t, progress)
			}
		},
	}.Run(ctx)
}

func (e *exporter) printer(path string) (*app.Printer, error) {
	return e.App.Printer(e.Print.To(path))
}

func (e *exporter) export(ctx context.Context, printer *app.Printer, t destination.Target, progress *output.Progress) (storages.Sum, error) {
	counted := func(yield func(json.RawMessage, error) bool) {
		for raw, err := range e.chosen.Requests(ctx, e.Client.RequestQueues(), t.Ref, 0) {
			if err == nil {
				progress.Add(1, int64(len(raw)))
			}
			if !yield(raw, err) {
				return
			}
		}
	}
	summary, err := printer.Export(ctx, shown(printer, counted))
	return storages.Sum{Units: summary.Items, Bytes: summary.Bytes}, transfer.Failed(api.KindRequestQueue, t, err)
}
