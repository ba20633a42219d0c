package storage

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/app"
)

type listOptions struct {
	print     app.PrintFlags
	selection Selection
	limit     int64
	desc      bool
}

func (r Resource[T]) listCommand(a *app.App) *cobra.Command {
	var o listOptions
	command := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the account's " + r.Kind.String() + "s",
		Long: "List the account's " + r.Kind.String() + `s, oldest first.

Without a flag only named ones are listed; unnamed ones expire.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return r.list(command.Context(), a, o) },
	}
	o.print.Add(command.Flags())
	o.selection.Add(command.Flags())
	command.Flags().Int64Var(&o.limit, "limit", 0, "list this many at most")
	command.Flags().BoolVar(&o.desc, "desc", false, "newest first")
	app.CompleteFormats(command)
	return command
}

func (r Resource[T]) list(ctx context.Context, a *app.App, o listOptions) error {
	if o.limit < 0 {
		return app.Usagef("--limit cannot be negative")
	}
	filter, err := o.selection.filter()
	if err != nil {
		return err
	}
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	collection, err := r.collection(a)
	if err != nil {
		return err
	}
	listing := o.selection.options()
	listing.Descending = o.desc
	printed := int64(0)
	return printer.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		for object, err := range collection.List(ctx, listing) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !filter(r.Facts(object)) {
				continue
			}
			row := r.Facts(object).Raw
			if printer.ForPeople() {
				row = app.TableRow(r.row(printer, object))
			}
			printed++
			if !yield(row, nil) || printed == o.limit {
				return
			}
		}
	})
}
