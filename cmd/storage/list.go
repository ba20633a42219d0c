package storage

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
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

Without a flag only named ones are listed; unnamed ones expire. In the column
expires a ~ marks a time that is counted from the last modification and the
account's retention; the others are the API's own word.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return r.list(command.Context(), a, o) },
	}
	o.print.Add(command.Flags())
	o.selection.Add(command.Flags())
	o.selection.AddRun(command.Flags())
	command.Flags().Int64Var(&o.limit, "limit", 0, "list this many at most")
	command.Flags().BoolVar(&o.desc, "desc", false, "newest first")
	app.CompleteFormats(command)
	return command
}

func (r Resource[T]) list(ctx context.Context, a *app.App, o listOptions) error {
	if o.limit < 0 {
		return app.Usagef("--limit cannot be negative")
	}
	if err := o.selection.Check(); err != nil {
		return err
	}
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	return printer.Rows(ctx, r.rows(ctx, client, printer, firstOf(o.limit, r.Select(ctx, client, o.selection, o.desc))))
}

// rows are storages as lines of a list: the facts that matter for people, all
// of the API's members for programs.
func (r Resource[T]) rows(ctx context.Context, client *api.Client, printer *app.Printer, objects iter.Seq2[*T, error]) iter.Seq2[json.RawMessage, error] {
	expiry := NewExpiry(client)
	return func(yield func(json.RawMessage, error) bool) {
		for object, err := range objects {
			if err != nil {
				yield(nil, err)
				return
			}
			row := r.Facts(object).Raw
			if printer.ForPeople() {
				cells, err := r.row(ctx, printer, expiry, object)
				if err != nil {
					yield(nil, err)
					return
				}
				row = app.TableRow(cells)
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// firstOf ends a sequence after limit elements; 0 is no limit.
func firstOf[T any](limit int64, sequence iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		count := int64(0)
		for element, err := range sequence {
			count++
			if !yield(element, err) || count == limit {
				return
			}
		}
	}
}
