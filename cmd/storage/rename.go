package storage

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

type renameOptions struct {
	ref    api.Ref
	name   string
	unname bool
	print  app.PrintFlags
}

func (r Resource[T]) renameCommand(a *app.App) *cobra.Command {
	var o renameOptions
	var refs RefFlags
	command := &cobra.Command{
		Use:   "rename REF NAME | rename REF --unname | rename",
		Short: fmt.Sprintf("Name a %s, so that it does not expire", r.Kind),
		Long: fmt.Sprintf(`Give a %s a name, which keeps it beyond its expiry, or another name.

--unname takes the name away: the %s then expires like any unnamed one. On a
terminal that is asked first.

Alone, on a terminal, it shows the unnamed ones to walk through and name, as
apifyctl keep does for all kinds.`, r.Kind, r.Kind),
		Args: func(command *cobra.Command, args []string) error {
			if o.unname {
				return refs.Args(0, 0, "")(command, args)
			}
			return refs.Args(1, 1, "the new NAME")(command, args)
		},
		RunE: func(command *cobra.Command, args []string) error {
			ref, rest, err := refs.Take(r.Kind, args)
			if err != nil {
				return err
			}
			o.ref = ref
			if !o.unname {
				if err := api.ValidName(rest[0]); err != nil {
					return err
				}
				o.name = rest[0]
			}
			return r.rename(command.Context(), a, o)
		},
		ValidArgsFunction: r.CompleteRef(a),
	}
	refs.Add(command.Flags())
	o.print.Add(command.Flags())
	command.Flags().BoolVar(&o.unname, "unname", false, "take the name away")
	app.CompleteFormats(command)
	return command
}

func (r Resource[T]) rename(ctx context.Context, a *app.App, o renameOptions) error {
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	fate := ""
	if o.unname {
		if fate, err = NewExpiry(client).unnamed(ctx); err != nil {
			return err
		}
	}
	if o.unname && a.Streams.CanAsk() {
		question := fmt.Sprintf("Take the name of %s %q away? (%s)", r.Kind, o.ref, fate)
		if err := a.Confirm(ctx, question); err != nil {
			return err
		}
	}
	object, err := r.Collection(client).Update(ctx, o.ref, api.Update{Name: &o.name})
	if err != nil {
		return r.failed(o.ref, err)
	}
	if o.unname {
		a.Streams.Notef("%s has no name any more; %s", r.label(object), fate)
	} else {
		a.Streams.Notef("%s %s is now named %q", r.Kind, r.Facts(object).ID, o.name)
	}
	if !o.print.Given() {
		return nil
	}
	return r.show(ctx, client, printer, object)
}
