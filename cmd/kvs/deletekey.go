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
	"github.com/apifyctl/apifyctl/internal/records"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

func deleteKeyVerb(kind storage.Resource[api.KeyValueStore]) verb.Verb {
	prefix := ""
	return verb.Verb{
		Use:     "delete-key STORE [KEY…]",
		Aliases: []string{"delete-value"},
		Short:   "Delete records",
		Long: `Delete the records of these keys, or with --prefix of all keys that start with
it. It asks first; without a terminal, --yes is needed. --dry-run shows the keys
and stops. A key that does not exist is reported, and is not an error.`,
		Example: `  apifyctl kvs delete-key assets logo --dry-run
  apifyctl kvs delete-key assets --prefix page- --dry-run`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Most: -1}, Prints: verb.Rows, RowType: keyRow{}, Complete: storage.CompleteKeys,
		DryRun: "what would be deleted", Asks: true,
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&prefix, "prefix", "", "delete all keys that start with this")
		},
		Check: func(s *verb.Scope) error {
			byPrefix := s.Changed("prefix")
			switch {
			case len(s.Args) == 0 && !byPrefix:
				return failure.Usagef("which records? Give their keys, or --prefix")
			case len(s.Args) > 0 && byPrefix:
				return failure.Usagef("keys and --prefix contradict each other")
			case byPrefix && prefix == "":
				return failure.WithHint(failure.Usagef("--prefix is empty, which would be every record"), "`apifyctl kvs delete` deletes a whole store")
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return deleteKeys(ctx, s, prefix) },
	}
}

// keyRow is a line of --dry-run.
type keyRow struct {
	Key string `json:"key"`
}

func deleteKeys(ctx context.Context, s *verb.Scope, prefix string) (err error) {
	store, keys := storeOf(s), s.Args
	if prefix != "" {
		keys, err = store.KeyNames(ctx, api.KeysOptions{Prefix: prefix})
	} else if _, err = store.Get(ctx, s.Ref); err != nil {
		err = s.Failed(err)
	} else {
		keys, err = records.Present(ctx, store, keys, func(key string) { s.App.Streams.Notef("there is no record %q", key) })
	}
	if err != nil {
		return err
	}
	if s.DryRun {
		return s.Printer.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
			for _, key := range keys {
				if row, err := app.JSON(keyRow{key}); !yield(row, err) || err != nil {
					return
				}
			}
		})
	}
	if len(keys) == 0 {
		if prefix != "" {
			s.App.Streams.Notef("no key begins with %q; nothing is deleted", prefix)
		}
		return nil
	}
	if err := s.App.Confirm(ctx, fmt.Sprintf("Delete %s from key-value store %q for good?", described(keys), s.Ref)); err != nil {
		return err
	}
	progress := s.App.StartProgress("delete", "records", int64(len(keys)))
	defer progress.Done()
	err = records.Each(ctx, s.App.Tell, keys, transfer.DefaultConcurrency, func(ctx context.Context, key string) error {
		defer progress.Add(1, 0)
		return store.RecordFailed(key, store.DeleteRecord(ctx, s.Ref, key))
	})
	progress.Done()
	if err == nil {
		s.App.Streams.Notef("deleted %s", described(keys))
	}
	return err
}

// described names one record, or tells how many there are.
func described(keys []string) string {
	if len(keys) == 1 {
		return fmt.Sprintf("record %q", keys[0])
	}
	return output.Plural(int64(len(keys)), "record", "records")
}
