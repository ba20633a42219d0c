package datasets

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/output"
)

type exportOptions struct {
	ref   api.Ref
	items api.ItemsOptions
	print app.PrintFlags
	look  lookFlags
}

func exportCommand(a *app.App) *cobra.Command {
	var o exportOptions
	var refs storage.RefFlags
	command := &cobra.Command{
		Use:   "export REF",
		Short: "Export all items, to stdout or to a file",
		Long: `Export a dataset, complete, to stdout or with --output to a file. The format is
that of --format, else that of the file's ending (.csv, .jsonl.gz, …).

A file appears whole or not at all: it is written beside its destination and
renamed when everything is there. Memory stays the same however large the
dataset is.

In csv, tsv and table nested values become columns such as reviews/0/name. The
columns are all that occur in any item, sorted, or those of --fields.`,
		Example: `  apifyctl datasets export products -o products.csv
  apifyctl datasets export products --clean --fields name,price -f jsonl
  apifyctl datasets export --last-run john/shop-crawler -o items.json.gz`,
		Args: refs.Args(0, 0, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, _, err := refs.Take(api.KindDataset, args)
			if err != nil {
				return err
			}
			o.ref = ref
			o.look.given(command.Flags())
			return run(command.Context(), a, o)
		},
		ValidArgsFunction: resource().CompleteRef(a),
	}
	addItemFlags(command.Flags(), &o.items)
	addPageFlags(command.Flags(), &o.items)
	o.look.add(command.Flags())
	refs.Add(command.Flags())
	o.print.AddFile(command.Flags())
	app.CompleteFormats(command)
	return command
}

func run(ctx context.Context, a *app.App, o exportOptions) error {
	if err := checkItems(&o.items); err != nil {
		return err
	}
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	if err := o.look.apply(printer.Format(), printer.Options()); err != nil {
		return err
	}
	printer.Options().Fields = columns(printer.Format(), &o.items)
	client, err := a.Client()
	if err != nil {
		return err
	}
	start := time.Now()
	summary, err := o.exportOnce(ctx, a, client, printer)
	if errors.Is(err, export.ErrNestedField) && printer.Path() != "" {
		// The header is written already, but nobody has seen the file yet.
		printer.Options().TwoPass = true
		summary, err = o.exportOnce(ctx, a, client, printer)
	}
	if err != nil {
		return storage.Failed(api.KindDataset, o.ref, err)
	}
	if printer.Path() != "" || a.Streams.ErrTerminal && !printer.OnTerminal() {
		a.Streams.Notef("%s items, %s, %s", output.Count(summary.Items), output.Bytes(summary.Bytes), time.Since(start).Round(10*time.Millisecond))
	}
	return nil
}

func (o exportOptions) exportOnce(ctx context.Context, a *app.App, client *api.Client, printer *app.Printer) (export.Summary, error) {
	progress := a.StartProgress(o.ref.String(), "items", 0)
	defer progress.Done()
	if printer.OnTerminal() {
		progress.Done() // the output is all there is to see
	}
	pages := client.Datasets().Pages(ctx, o.ref, o.items)
	return printer.Pages(ctx, watch(pages, progress, o.items.Limit))
}
