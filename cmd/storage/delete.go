package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
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
			storages, err := r.find(ctx, s)
			if err == nil && s.Selection.Given() && !includeNamed {
				err = r.refuseNamed(storages)
			}
			if err != nil {
				return err
			}
			return r.deleteAll(ctx, s, storages)
		},
	}
}

// found is a storage that was asked for: there, or not.
type found[T any] struct {
	ref    api.Ref
	object *T
	err    error
}

// LookUpsAtOnce is how many storages are looked up at the same time: the rate limit
// counts for each of them.
const LookUpsAtOnce = 64

// find looks up the storages that were named, or selects.
func (r Resource[T]) find(ctx context.Context, s *verb.Scope) ([]found[T], error) {
	if !s.Selection.Given() {
		collection, storages := r.Collection(s.Client), make([]found[T], len(s.Refs))
		transfer.Each(len(s.Refs), LookUpsAtOnce, func(i int) {
			storages[i].ref = s.Refs[i]
			storages[i].object, storages[i].err = collection.Get(ctx, s.Refs[i])
		})
		return storages, ctx.Err()
	}
	var storages []found[T]
	for object, err := range r.Select(ctx, s.Client, s.Selection, false) {
		if err != nil {
			return nil, err
		}
		storages = append(storages, found[T]{ref: api.StorageRef(r.Kind, r.Facts(object)), object: object})
	}
	return storages, nil
}

func (r Resource[T]) refuseNamed(storages []found[T]) error {
	named := 0
	for _, storage := range storages {
		if r.Facts(storage.object).Name != "" {
			named++
		}
	}
	if named == 0 {
		return nil
	}
	return failure.WithHint(failure.Usagef("%d of the %d %s that match have a name; nothing is deleted", named, len(storages), r.plural()),
		"--unnamed leaves them out, --include-named takes them in")
}

func (r Resource[T]) deleteAll(ctx context.Context, s *verb.Scope, storages []found[T]) error {
	if len(storages) == 0 {
		s.App.Streams.Notef("no %s matches; nothing is deleted", r.Kind)
	}
	if s.DryRun {
		if err := s.Printer.Rows(ctx, r.foundRows(ctx, s, s.Printer, storages)); err != nil {
			return err
		}
		return r.outcome(s, storages)
	}
	if err := r.confirmDelete(ctx, s, storages); err != nil {
		return err
	}
	collection := r.Collection(s.Client)
	transfer.Each(len(storages), transfer.AtOnce, func(i int) {
		if storages[i].err != nil || ctx.Err() != nil {
			return
		}
		// The ID, not the reference: what was shown is what goes.
		storages[i].err = collection.Delete(ctx, api.StorageRef(r.Kind, r.Facts(storages[i].object)))
		if storages[i].err == nil {
			s.App.Streams.Notef("deleted %s", r.label(storages[i].object))
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.outcome(s, storages)
}

// foundRows are the storages that are there.
func (r Resource[T]) foundRows(ctx context.Context, s *verb.Scope, printer *app.Printer, storages []found[T]) iter.Seq2[json.RawMessage, error] {
	return r.rows(ctx, s.Client, printer, func(yield func(*T, error) bool) {
		for _, storage := range storages {
			if storage.err == nil && !yield(storage.object, nil) {
				return
			}
		}
	})
}

// outcome is what failed of several storages.
func (r Resource[T]) outcome(s *verb.Scope, storages []found[T]) error {
	outcome := failure.Outcome{Noun: r.plural(), Tell: s.App.Tell}
	for _, storage := range storages {
		outcome.Note(r.failed(storage.ref, storage.err))
	}
	return outcome.Err()
}
