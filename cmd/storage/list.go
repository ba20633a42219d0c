package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

type listOptions struct {
	limit int64
	desc  bool
	sort  string
}

func (r Resource[T]) list() verb.Verb {
	var o listOptions
	return verb.Verb{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the account's " + r.Plural(),
		Long: "List the account's " + r.Plural() + `, oldest first, or sorted by --sort.

Without a flag only named ones are listed; unnamed ones expire. In the column
expires, ~ marks a time that is computed from the last modification and the
account's retention; times without it come from the API.`,
		Example: r.examples(`  apifyctl NAME list --all
  apifyctl NAME list --all --sort size --limit 10
  apifyctl NAME list --unnamed --older-than 7d -f csv`),
		Kind: r.Offers(), Takes: verb.Selected, Prints: verb.Rows, RowType: r.RowType(),
		Values: map[string][]string{"sort": r.Orders()}, Row: r.First,
		What: func(flags *pflag.FlagSet) {
			flags.Int64Var(&o.limit, "limit", 0, "list this many at most")
			flags.BoolVar(&o.desc, "desc", false, "newest first")
			flags.StringVar(&o.sort, "sort", "", "sort by "+strings.Join(r.Orders(), ", ")+"; the largest, or latest, first")
		},
		Check: func(*verb.Scope) error {
			switch {
			case o.limit < 0:
				return failure.Usagef("--limit cannot be negative")
			case o.sort != "" && !slices.Contains(r.Orders(), o.sort):
				return failure.Usagef("--sort is one of %s, not %q", strings.Join(r.Orders(), ", "), o.sort)
			case o.sort != "" && o.desc:
				return failure.Usagef("--sort and --desc contradict each other")
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return r.listAll(ctx, s, o) },
	}
}

// First is one of the storages as programs see it.
func (r Resource[T]) First(ctx context.Context, s *verb.Scope) (json.RawMessage, error) {
	for object, err := range r.Collection(s.Client).List(ctx, api.ListOptions{Unnamed: true, Descending: true}) {
		if err != nil {
			return nil, err
		}
		return r.Facts(object).Raw, nil
	}
	return nil, nil
}

func (r Resource[T]) listAll(ctx context.Context, s *verb.Scope, o listOptions) error {
	objects := r.Select(ctx, s.Client, s.Selection, o.desc)
	if o.sort != "" {
		objects = r.Sorted(objects, o.sort)
	}
	var sum total
	counted := func(yield func(*T, error) bool) {
		for object, err := range storages.First(o.limit, objects) {
			if err == nil {
				sum.add(r.Holds(object), r.Bytes(object))
			}
			if !yield(object, err) {
				return
			}
		}
	}
	if err := s.Printer.Rows(ctx, r.rows(ctx, s.Client, s.Printer, counted)); err != nil {
		return err
	}
	switch {
	case sum.storages == 0:
		return r.sayEmpty(ctx, s)
	case s.Printer.OnTerminal() && sum.storages > 1:
		s.App.Streams.Notef("%s", sum.text(r.Kind.String(), r.Plural(), r.Many))
	}
	return nil
}

// total is the last line of a list.
type total struct{ storages, units, bytes int64 }

func (t *total) add(units, bytes int64) {
	t.storages++
	t.units += units
	t.bytes += bytes
}

func (t *total) text(one, many, units string) string {
	text := output.Plural(t.storages, one, many)
	if t.units > 0 {
		text += fmt.Sprintf(", %s %s", output.Count(t.units), units)
	}
	if t.bytes > 0 {
		text += ", " + output.Bytes(t.bytes)
	}
	return text
}

// sayEmpty says what was looked at, and what else there is.
func (r Resource[T]) sayEmpty(ctx context.Context, s *verb.Scope) error {
	there := map[bool]int64{} // by having a name
	for object, err := range r.Collection(s.Client).List(ctx, api.ListOptions{Unnamed: true}) {
		if err != nil {
			return err
		}
		there[r.Facts(object).Name != ""]++
	}
	named, unnamed := there[true], there[false]
	switch all := named + unnamed; {
	case all == 0:
		s.App.Streams.Notef("there are no %s", r.Plural())
	case !s.Selection.Given() && named == 0:
		s.App.Streams.Notef("no named %s; %d unnamed, --all shows them", r.Plural(), unnamed)
	default:
		s.App.Streams.Notef("no %s matches, of %d named and %d unnamed", r.Kind, named, unnamed)
	}
	return nil
}

// rows are storages as lines of a list: the facts that matter for people, all
// of the API's members for programs.
func (r Resource[T]) rows(ctx context.Context, client *api.Client, printer *app.Printer, objects iter.Seq2[*T, error]) iter.Seq2[json.RawMessage, error] {
	expiry := storages.NewExpiry(client)
	printer.Options().Layout = export.Layout{Whole: []string{"id"}, Spare: []string{"run", "access", "modified"}}
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
