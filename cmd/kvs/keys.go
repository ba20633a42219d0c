package kvs

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
)

type keysOptions struct {
	ref   api.Ref
	keys  api.KeysOptions
	print app.PrintFlags
}

func addKeyFlags(flags *pflag.FlagSet, o *api.KeysOptions) {
	flags.StringVar(&o.Prefix, "prefix", "", "only keys that begin so")
	flags.StringVar(&o.Collection, "collection", "", "only keys of this collection of the store's schema")
}

func keysCommand(a *app.App) *cobra.Command {
	var o keysOptions
	var refs storage.RefFlags
	command := &cobra.Command{
		Use:   "keys STORE",
		Short: "List the keys, all of them",
		Long:  "List the keys of a store with the sizes of their values, however many there are,\nin the order of their bytes. Sizes are those of the values as they are stored.",
		Args:  refs.Args(0, 0, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, _, err := refs.Take(api.KindKeyValueStore, args)
			if err != nil {
				return err
			}
			o.ref = ref
			return o.run(command.Context(), a)
		},
		ValidArgsFunction: resource().CompleteRef(a),
	}
	refs.Add(command.Flags())
	addKeyFlags(command.Flags(), &o.keys)
	command.Flags().Int64Var(&o.keys.Limit, "limit", 0, "stop after this many keys (0 is all)")
	o.print.Add(command.Flags())
	app.CompleteFormats(command)
	return command
}

func (o keysOptions) run(ctx context.Context, a *app.App) error {
	if o.keys.Limit < 0 {
		return app.Usagef("--limit cannot be negative")
	}
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	s, err := openStore(a, o.ref)
	if err != nil {
		return err
	}
	return s.Failed(printer.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		for key, err := range s.Keys(ctx, s.Ref, o.keys) {
			if err != nil {
				yield(nil, err)
				return
			}
			row := key.Raw
			switch {
			case printer.Format().Name == "id": // the key is what tells a record
				row = app.TableRow([]app.Cell{{Name: "id", Value: key.Key}})
			case printer.ForPeople():
				row = app.TableRow([]app.Cell{{Name: "key", Value: key.Key}, {Name: "size", Value: output.Bytes(key.Size)}})
			}
			if !yield(row, nil) {
				return
			}
		}
	}))
}
