package storage

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

func (r Resource[T]) list() verb.Verb {
	var limit int64
	var desc bool
	return verb.Verb{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the account's " + r.Kind.String() + "s",
		Long: "List the account's " + r.Kind.String() + `s, oldest first.

Without a flag only named ones are listed; unnamed ones expire. In the column
expires a ~ marks a time that is counted from the last modification and the
account's retention; the others are the API's own word.`,
		Kind: r.Offers(), Takes: verb.Selected, Prints: verb.Rows,
		What: func(flags *pflag.FlagSet) {
			flags.Int64Var(&limit, "limit", 0, "list this many at most")
			flags.BoolVar(&desc, "desc", false, "newest first")
		},
		Check: func(*verb.Scope) error {
			if limit < 0 {
				return app.Usagef("--limit cannot be negative")
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			objects := firstOf(limit, r.Select(ctx, s.Client, s.Selection, desc))
			return s.Printer.Rows(ctx, r.rows(ctx, s.Client, s.Printer, objects))
		},
	}
}

// rows are storages as lines of a list: the facts that matter for people, all
// of the API's members for programs.
func (r Resource[T]) rows(ctx context.Context, client *api.Client, printer *app.Printer, objects iter.Seq2[*T, error]) iter.Seq2[json.RawMessage, error] {
	expiry := NewExpiry(client)
	return func(yield func(json.RawMessage, error) bool) {
		for object, err := range objects {
			if err != nil {
				yield(nil, err)
				return
			}
			row := r.Facts(object).Raw
			if printer.ForPeople() {
				cells, err := r.row(ctx, printer, expiry, object)
				if err != nil {
					yield(nil, err)
					return
				}
				row = app.TableRow(cells)
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// firstOf ends a sequence after limit elements; 0 is no limit.
func firstOf[T any](limit int64, sequence iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		count := int64(0)
		for element, err := range sequence {
			count++
			if !yield(element, err) || count == limit {
				return
			}
		}
	}
}
