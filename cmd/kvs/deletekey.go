package kvs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type deleteKeyOptions struct {
	ref    api.Ref
	keys   []string
	prefix *string
	dryRun bool
	print  app.PrintFlags
}

func deleteKeyCommand(a *app.App) *cobra.Command {
	var o deleteKeyOptions
	var refs storage.RefFlags
	var prefix string
	command := &cobra.Command{
		Use:     "delete-key STORE [KEY…]",
		Aliases: []string{"delete-value"},
		Short:   "Delete records",
		Long: `Delete the records of these keys, or with --prefix of all keys that begin so.
What goes is asked first; off a terminal --yes is needed. --dry-run shows the
keys and stops. A key that is not there is no error.`,
		Example: `  apifyctl kvs delete-key shop old.png
  apifyctl kvs delete-key shop --prefix page- --dry-run`,
		Args: refs.Args(0, -1, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, keys, err := refs.Take(api.KindKeyValueStore, args)
			if err != nil {
				return err
			}
			o.ref, o.keys = ref, keys
			if command.Flags().Changed("prefix") {
				o.prefix = &prefix
			}
			return o.run(command.Context(), a)
		},
		ValidArgsFunction: completeStore(a),
	}
	refs.Add(command.Flags())
	command.Flags().StringVar(&prefix, "prefix", "", "delete all keys that begin so")
	command.Flags().BoolVar(&o.dryRun, "dry-run", false, "show what would be deleted, and stop")
	o.print.Add(command.Flags())
	app.CompleteFormats(command)
	return command
}

func (o deleteKeyOptions) run(ctx context.Context, a *app.App) error {
	switch {
	case len(o.keys) == 0 && o.prefix == nil:
		return app.Usagef("which records? Give their keys, or --prefix")
	case len(o.keys) > 0 && o.prefix != nil:
		return app.Usagef("keys and --prefix contradict each other")
	case o.prefix != nil && *o.prefix == "":
		return app.WithHint(app.Usagef("--prefix is empty, which would be every record"), "`apifyctl kvs delete` deletes a whole store")
	}
	if !o.dryRun {
		if err := a.CanConfirm(); err != nil {
			return err
		}
	}
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	s, err := openStore(a, o.ref)
	if err != nil {
		return err
	}
	keys := o.keys
	if o.prefix != nil {
		if keys, err = s.KeyNames(ctx, api.KeysOptions{Prefix: *o.prefix}); err != nil {
			return err
		}
	} else if _, err := s.Get(ctx, s.Ref); err != nil {
		return s.Failed(err)
	}
	if o.dryRun {
		return printer.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
			for _, key := range keys {
				if !yield(app.TableRow([]app.Cell{{Name: "key", Value: key}}), nil) {
					return
				}
			}
		})
	}
	if len(keys) == 0 {
		a.Streams.Notef("no key begins so")
		return nil
	}
	if err := a.Confirm(ctx, fmt.Sprintf("Delete %s from key-value store %q for good?", described(keys), o.ref)); err != nil {
		return err
	}
	progress := a.StartProgress("delete", "records", int64(len(keys)))
	defer progress.Done()
	results := transfer.Outcome{Warn: a.Streams.Warnf}
	err = transfer.ForEach(ctx, keys, transfer.DefaultConcurrency, func(ctx context.Context, key string) error {
		err := s.RecordFailed(key, s.DeleteRecord(ctx, s.Ref, key))
		if transfer.Fatal(ctx, err) {
			return err
		}
		progress.Add(1, 0)
		results.Note(err)
		return nil
	})
	progress.Done()
	if err := errors.Join(err, results.Err()); err != nil {
		return err
	}
	a.Streams.Notef("deleted %s", described(keys))
	return nil
}

// described names one record, or tells how many there are.
func described(keys []string) string {
	if len(keys) == 1 {
		return fmt.Sprintf("record %q", keys[0])
	}
	return output.Plural(int64(len(keys)), "record", "records")
}
