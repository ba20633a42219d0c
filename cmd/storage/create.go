package storage

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

type createOptions struct {
	name     string
	existing bool
	print    app.PrintFlags
}

func (r Resource[T]) createCommand(a *app.App) *cobra.Command {
	var o createOptions
	command := &cobra.Command{
		Use:   "create [NAME]",
		Short: fmt.Sprintf("Create a %s and print its ID", r.Kind),
		Long: fmt.Sprintf(`Create a %s and print its ID, or the whole object with --format.

One without a name expires; one with a name is kept until it is deleted. A name
that is taken is an error, unless --if-not-exists is given.`, r.Kind),
		Args: cobra.MaximumNArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) > 0 {
				if err := api.ValidName(args[0]); err != nil {
					return err
				}
				o.name = args[0]
			}
			return r.create(command.Context(), a, o)
		},
	}
	o.print.Add(command.Flags())
	command.Flags().BoolVar(&o.existing, "if-not-exists", false, "print the existing one where the name is taken")
	app.CompleteFormats(command)
	return command
}

func (r Resource[T]) create(ctx context.Context, a *app.App, o createOptions) error {
	if !o.print.Given() {
		o.print.Format = "id"
	}
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	client, err := a.ClientForCreate()
	if err != nil {
		return err
	}
	object, created, err := r.Collection(client).Create(ctx, o.name)
	if err != nil {
		return fmt.Errorf("create %s: %w", r.Kind, err)
	}
	if !created && !o.existing {
		return app.WithHint(fmt.Errorf("the name is taken by %s", r.label(object)),
			"--if-not-exists prints the existing one's ID instead")
	}
	return r.show(ctx, client, printer, object)
}
