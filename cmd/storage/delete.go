package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

func (r Resource[T]) delete() verb.Verb {
	includeNamed := false
	return verb.Verb{
		Use:     "delete REF… | delete --unnamed --older-than 30d",
		Aliases: []string{"rm"},
		Short:   fmt.Sprintf("Delete %ss with all they hold", r.Kind),
		Long: fmt.Sprintf(`Delete %ss with all they hold: those named, or those that the flags select.
It shows what would go and asks first; without a terminal, --yes is needed.
--dry-run only shows it.

A selection includes named storages only with --include-named.`, r.Kind),
		Example: r.examples(`  apifyctl NAME delete SAMPLE --dry-run
  apifyctl NAME delete --unnamed --older-than 30d --dry-run`),
		Kind: r.Offers(), Takes: verb.Many, Prints: verb.Rows, RowType: r.RowType(), DryRun: "what would be deleted", Asks: true,
		What: func(flags *pflag.FlagSet) {
			flags.BoolVar(&includeNamed, "include-named", false, "let a selection include named storages")
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			found, err := r.find(ctx, s)
			if err == nil && s.Selection.Given() && !includeNamed {
				err = r.refuseNamed(found)
			}
			if err != nil {
				return err
			}
			return r.deleteAll(ctx, s, found)
		},
	}
}

// find looks up the storages that were named, or selects.
func (r Resource[T]) find(ctx context.Context, s *verb.Scope) ([]storages.Found[T], error) {
	return r.Meant(ctx, s.Client, s.Selection, s.Refs)
}

func (r Resource[T]) refuseNamed(found []storages.Found[T]) error {
	named := 0
	for _, storage := range found {
		if r.Facts(storage.Object).Name != "" {
			named++
		}
	}
	if named == 0 {
		return nil
	}
	return failure.WithHint(failure.Usagef("%d of the %d %s that match have a name; nothing is deleted", named, len(found), r.Plural()),
		"--unnamed leaves them out, --include-named takes them in")
}

func (r Resource[T]) deleteAll(ctx context.Context, s *verb.Scope, found []storages.Found[T]) error {
	if len(found) == 0 {
		s.App.Streams.Notef("no %s matches; nothing is deleted", r.Kind)
	}
	if s.DryRun {
		if err := s.Printer.Rows(ctx, r.foundRows(ctx, s, s.Printer, found)); err != nil {
			return err
		}
		return r.outcome(s, found)
	}
	if err := r.confirmDelete(ctx, s, found); err != nil {
		return err
	}
	collection := r.Collection(s.Client)
	transfer.Each(len(found), transfer.AtOnce, func(i int) {
		if found[i].Err != nil || ctx.Err() != nil {
			return
		}
		// The ID, not the reference: what was shown is what goes.
		found[i].Err = collection.Delete(ctx, r.Ref(found[i].Object))
		if found[i].Err == nil {
			s.App.Streams.Notef("deleted %s", r.Label(found[i].Object))
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.outcome(s, found)
}

// foundRows are the storages that are there.
func (r Resource[T]) foundRows(ctx context.Context, s *verb.Scope, printer *app.Printer, found []storages.Found[T]) iter.Seq2[json.RawMessage, error] {
	return r.rows(ctx, s.Client, printer, func(yield func(*T, error) bool) {
		for _, storage := range found {
			if storage.Err == nil && !yield(storage.Object, nil) {
				return
			}
		}
	})
}

// outcome is what failed of several storages.
func (r Resource[T]) outcome(s *verb.Scope, found []storages.Found[T]) error {
	outcome := failure.Outcome{Noun: r.Plural(), Tell: s.App.Tell}
	for _, storage := range found {
		outcome.Note(r.Failed(storage.Ref, storage.Err))
	}
	return outcome.Err()
}
