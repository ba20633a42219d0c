package kvs

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rowschema"
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
		Kind: kind.Offers(), Takes: verb.One, Prints: verb.Rows, RowType: rowschema.FromAPI{Type: api.Key{}, ID: "key"}, Row: firstKey,
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
			return printKeys(ctx, s, keys)
		},
	}
}

func printKeys(ctx context.Context, s *verb.Scope, keys api.KeysOptions) error {
	s.Printer.Options().Layout.Whole = []string{"key"}
	none := fmt.Sprintf("key-value store %q holds no records", s.Ref)
	if keys.Prefix != "" || keys.Collection != "" {
		none = fmt.Sprintf("no key of key-value store %q matches", s.Ref)
	}
	return s.Failed(s.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		for key, err := range s.Client.KeyValueStores().Keys(ctx, s.Ref, keys) {
			row := key.Raw
			switch {
			case err != nil:
			case s.Printer.Format().Name == "id": // the key is what tells a record
				row = app.TableRow([]app.Cell{{Name: "id", Value: key.Key}})
			case s.Printer.ForPeople():
				row = app.TableRow([]app.Cell{{Name: "key", Value: key.Key}, {Name: "size", Value: output.Bytes(key.Size)}})
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}, none))
}

// firstKey is a key as programs see it.
func firstKey(ctx context.Context, s *verb.Scope) (json.RawMessage, error) {
	for key, err := range s.Client.KeyValueStores().Keys(ctx, s.Ref, api.KeysOptions{Limit: 1}) {
		return key.Raw, err
	}
	return nil, nil
}
