package kvs

import (
	"context"
	"encoding/json"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

func addKeyFlags(flags *pflag.FlagSet, o *api.KeysOptions) {
	flags.StringVar(&o.Prefix, "prefix", "", "only keys that start with this")
	flags.StringVar(&o.Collection, "collection", "", "only keys of this collection of the store's schema")
}

func keysVerb(kind storage.Resource[api.KeyValueStore]) verb.Verb {
	var keys api.KeysOptions
	return verb.Verb{
		Use:   "keys STORE",
		Short: "List the keys, all of them",
		Long: `List the keys of a store with the sizes of their values, however many there are,
in the order of their bytes. Sizes are those of the values as they are stored.`,
		Example: `  apifyctl kvs keys assets
  apifyctl kvs keys assets --prefix logo -f csv`,
		Kind: kind.Offers(), Takes: verb.One, Prints: verb.Rows,
		What: func(flags *pflag.FlagSet) {
			addKeyFlags(flags, &keys)
			flags.Int64Var(&keys.Limit, "limit", 0, "stop after this many keys (0 is all)")
		},
		Check: func(*verb.Scope) error {
			if keys.Limit < 0 {
				return failure.Usagef("--limit cannot be negative")
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			return printKeys(ctx, s.App, s.Printer, storeOf(s), keys)
		},
	}
}

func printKeys(ctx context.Context, a *app.App, printer *app.Printer, s transfer.Store, keys api.KeysOptions) error {
	printer.Options().Layout.Whole = []string{"key"}
	some := false
	err := printer.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		for key, err := range s.Keys(ctx, s.Ref, keys) {
			if err != nil {
				yield(nil, err)
				return
			}
			some = true
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
	})
	switch {
	case err != nil || some:
	case keys.Prefix != "" || keys.Collection != "":
		a.Streams.Notef("no key of key-value store %q matches", s.Ref)
	default:
		a.Streams.Notef("key-value store %q holds no records", s.Ref)
	}
	return s.Failed(err)
}
