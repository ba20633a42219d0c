package storage

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

func (r Resource[T]) getCommand(a *app.App) *cobra.Command {
	var refs RefFlags
	var flags app.PrintFlags
	web := false
	command := &cobra.Command{
		Use:     "get REF",
		Aliases: []string{"info"},
		Short:   fmt.Sprintf("Show a %s's facts", r.Kind),
		Args:    refs.Args(0, 0, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, _, err := refs.Take(r.Kind, args)
			if err != nil {
				return err
			}
			if web {
				return r.openWeb(command.Context(), a, ref)
			}
			return r.get(command.Context(), a, ref, flags)
		},
		ValidArgsFunction: r.CompleteRef(a),
	}
	refs.Add(command.Flags())
	flags.Add(command.Flags())
	command.Flags().BoolVar(&web, "web", false, "open it in Apify Console instead")
	app.CompleteFormats(command)
	return command
}

func (r Resource[T]) get(ctx context.Context, a *app.App, ref api.Ref, flags app.PrintFlags) error {
	printer, err := a.Printer(flags)
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	object, err := r.Collection(client).Get(ctx, ref)
	if err != nil {
		return r.failed(ref, err)
	}
	return r.show(ctx, client, printer, object)
}
