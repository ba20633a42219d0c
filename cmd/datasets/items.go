package datasets

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// firstItems is how many items are enough to see what a dataset holds.
const firstItems = 20

type itemsOptions struct {
	ref   api.Ref
	items api.ItemsOptions
	print app.PrintFlags
}

func itemsCommand(a *app.App) *cobra.Command {
	var o itemsOptions
	var refs storage.RefFlags
	command := &cobra.Command{
		Use:     "items REF",
		Aliases: []string{"get-items"}, // as in the official CLI
		Short:   "Look at items, the first 20 unless --limit says otherwise",
		Long: `Look at a dataset's items: the first 20, or as many as --limit says (0 is all).

To save a dataset as a file, use export.`,
		Args: refs.Args(0, 0, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, _, err := refs.Take(api.KindDataset, args)
			if err != nil {
				return err
			}
			o.ref = ref
			return items(command.Context(), a, o)
		},
		ValidArgsFunction: resource().CompleteRef(a),
	}
	addItemFlags(command.Flags(), &o.items)
	limit := command.Flags().Lookup("limit")
	limit.DefValue = "20"
	o.items.Limit = firstItems
	refs.Add(command.Flags())
	o.print.Add(command.Flags())
	app.CompleteFormats(command)
	return command
}

func items(ctx context.Context, a *app.App, o itemsOptions) error {
	if err := checkItems(&o.items); err != nil {
		return err
	}
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	if o.print.Columns == nil {
		printer.Options().Fields = columns(printer.Format(), &o.items)
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	progress := a.StartProgress(o.ref.String(), "items", 0)
	defer progress.Done()
	if printer.OnTerminal() {
		progress.Done()
	}
	pages := client.Datasets().Pages(ctx, o.ref, o.items)
	_, err = printer.Pages(ctx, newTally(progress).watch(pages, o.items.Limit).pages)
	return transfer.Failed(api.KindDataset, o.ref, err)
}
