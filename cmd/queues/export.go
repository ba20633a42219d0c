package queues

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type exportOptions struct {
	refs     []api.Ref
	queues   storage.Selection // instead of refs
	requests selection
	print    app.PrintFlags
}

func exportCommand(a *app.App) *cobra.Command {
	var o exportOptions
	var refs storage.RefFlags
	command := &cobra.Command{
		Use:   "export QUEUE… [-o FILE | -o DIR/ | -o 'DIR/{name}.{ext}']",
		Short: "Export all requests, to stdout or to files",
		Long: `Export the requests of queues, complete, to stdout or with --output to files. A
file appears whole or not at all. The format is that of --format, else that of
the file's ending (.csv, .jsonl.gz, …).

Several queues, named or selected by flags, go to a folder, or to the files that
a pattern makes of their {name} (the ID where there is none), {id} and the
format's {ext}. One that fails does not stop the others.`,
		Example: `  apifyctl queues export crawl -o requests.csv
  apifyctl queues export crawl --filter failed -f jsonl
  apifyctl queues export --all -o 'out/{name}.jsonl.gz'`,
		Args: refs.ArgsOr(&o.queues),
		RunE: func(command *cobra.Command, args []string) (err error) {
			if o.refs, err = refs.All(api.KindRequestQueue, args); err != nil {
				return err
			}
			return o.run(command.Context(), a)
		},
		ValidArgsFunction: resource().CompleteRefs(a),
	}
	o.requests.add(command)
	refs.AddOr(command.Flags())
	o.queues.Add(command.Flags())
	o.print.AddFile(command.Flags())
	app.CompleteFormats(command)
	return command
}

func (o exportOptions) run(ctx context.Context, a *app.App) error {
	if err := o.requests.check(); err != nil {
		return err
	}
	to, err := storage.NewDestination(o.print)
	if err != nil {
		return err
	}
	if (o.queues.Given() || len(o.refs) > 1) && !to.Many() {
		return app.WithHint(app.Usagef("several queues need a place for each"), "-o DIR/ or -o 'DIR/{name}.csv' makes one file a queue")
	}
	printer, err := o.printer(a, to.Example()) // before the first request
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	if to.Many() {
		return o.several(ctx, a, client, to)
	}
	progress := a.StartProgress(o.refs[0].String(), "requests", 0)
	defer progress.Done()
	if printer.OnTerminal() {
		progress.Done() // the output is all there is to see
	}
	start := time.Now()
	sum, err := o.export(ctx, client, printer, storage.Target{Ref: o.refs[0]}, progress)
	progress.Done()
	if err == nil && to.Path() != "" {
		a.Streams.Notef("%s, %s, %s", output.Plural(sum.Units, "request", "requests"), output.Bytes(sum.Bytes), time.Since(start).Round(10*time.Millisecond))
	}
	return err
}

// several exports any number of queues.
func (o exportOptions) several(ctx context.Context, a *app.App, client *api.Client, to storage.Destination) error {
	return storage.Several[api.RequestQueue]{
		Resource: resource(), App: a, Client: client,
		Refs: o.refs, Selection: o.queues, To: to,
		One: "request", Many: "requests",
		Exporter: func(progress *output.Progress) func(context.Context, storage.Target) (storage.Sum, error) {
			return func(ctx context.Context, t storage.Target) (storage.Sum, error) {
				printer, err := o.printer(a, t.Path)
				if err != nil {
					return storage.Sum{}, err
				}
				return o.export(ctx, client, printer, t, progress)
			}
		},
	}.Run(ctx)
}

func (o exportOptions) printer(a *app.App, path string) (*app.Printer, error) {
	return a.Printer(app.PrintFlags{Format: o.print.Format, Output: path})
}

func (o exportOptions) export(ctx context.Context, client *api.Client, printer *app.Printer, t storage.Target, progress *output.Progress) (storage.Sum, error) {
	counted := func(yield func(json.RawMessage, error) bool) {
		for raw, err := range o.requests.requests(ctx, client.RequestQueues(), t.Ref, 0) {
			if err == nil {
				progress.Add(1, int64(len(raw)))
			}
			if !yield(raw, err) {
				return
			}
		}
	}
	summary, err := printer.Export(ctx, shown(printer, counted))
	return storage.Sum{Units: summary.Items, Bytes: summary.Bytes}, transfer.Failed(api.KindRequestQueue, t, err)
}
