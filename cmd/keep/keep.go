// Package keepcmd is the command that finds storages without a name, which expire,
// and names them.
package keepcmd

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/keep"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

type options struct {
	template, from string
	read           input.Options
	strict         bool
}

// Command is `apifyctl keep`.
func Command(a *app.App) *cobra.Command {
	var o options
	return verb.Verb{
		Use:   "keep",
		Short: "Find unnamed storages that will expire, and name them",
		Long: `Find the account's unnamed datasets, key-value stores and request queues, most
urgent first, and name them, which keeps them for good.

On a terminal, you walk through them in a list. In scripts, --template makes the
names, or --from reads them from a CSV file with the columns id and name.

A template holds ` + keep.FieldNames + `. Names are
unique for each kind: one that is taken gets a number, or with --strict nothing
is named.`,
		Example: `  apifyctl keep --dry-run
  apifyctl keep --expiring 48h --template "{actor}-{date}" --yes
  apifyctl keep --from names.csv --yes`,
		Takes: verb.Selected, Prints: verb.Rows, RowType: keptRow{}, DryRun: "the names", Values: map[string][]string{"encoding": input.Encodings()},
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&o.template, "template", "", "the pattern of the names: letters, digits, hyphens and "+keep.FieldNames)
			flags.StringVar(&o.from, "from", "", "read id,name from this CSV file (- is stdin)")
			storage.AddEncoding(flags, &o.read)
			flags.BoolVar(&o.strict, "strict", false, "name nothing if a name is taken")
		},
		Check: func(s *verb.Scope) error { return check(s.Selection) },
		Run:   func(ctx context.Context, s *verb.Scope) error { return run(ctx, s, o) },
	}.Command(a)
}

// nothing is said where there is no candidate.
const nothing = "there is no unnamed storage to keep"

func run(ctx context.Context, s *verb.Scope, o options) error {
	if o.template == "" && o.from == "" && !s.DryRun {
		return walk(ctx, s.App, s.Selection, storages.All())
	}
	makeSteps, err := o.naming(ctx, s.App)
	if err != nil {
		return err
	}
	all, err := keep.Take(ctx, s.Client, s.Selection, storages.All())
	if err != nil {
		return err
	}
	if o.from == "" {
		if err := all.NameActors(ctx, s.Client); err != nil {
			return err
		}
	}
	steps, err := makeSteps(all)
	if err != nil {
		return err
	}
	if s.DryRun || len(steps) == 0 {
		return s.Rows(ctx, rows(s.Printer, steps), nothing)
	}
	if err := confirm(ctx, s.App, steps); err != nil {
		return err
	}
	keep.Apply(ctx, steps)
	if err := s.Printer.Rows(ctx, rows(s.Printer, steps)); err != nil {
		return err
	}
	return outcome(ctx, s.App, steps)
}

// check refuses selections that can hold nothing to name.
func check(s storages.Selection) error {
	switch {
	case s.Name != "":
		return failure.Usagef("--name selects storages by the name that they have; keep names those that have none")
	case s.Shared:
		return failure.Usagef("--shared selects what belongs to others; keep names the account's own storages")
	}
	return s.Check()
}

// naming reads the flags that say how names are made.
func (o options) naming(ctx context.Context, a *app.App) (func(*keep.Inventory) ([]keep.Step, error), error) {
	switch {
	case o.template != "" && o.from != "":
		return nil, failure.Usagef("--template and --from contradict each other")
	case o.from != "":
		wishes, err := keep.ReadWishes(o.from, a.Streams.Input(ctx), o.read)
		return func(all *keep.Inventory) ([]keep.Step, error) { return all.ByWishes(wishes, o.strict) }, err
	}
	t, err := keep.ParseTemplate(cmp.Or(o.template, keep.DefaultTemplate))
	return func(all *keep.Inventory) ([]keep.Step, error) { return all.ByTemplate(t, o.strict) }, err
}

func confirm(ctx context.Context, a *app.App, steps []keep.Step) error {
	if a.Flags.Yes {
		return nil
	}
	if err := a.CanConfirm(); err != nil {
		return err
	}
	printer := a.NotePrinter()
	if err := printer.Rows(ctx, rows(printer, steps)); err != nil {
		return err
	}
	return a.Confirm(ctx, fmt.Sprintf("Name %s so?", output.Plural(int64(len(steps)), "storage", "storages")))
}

func outcome(ctx context.Context, a *app.App, steps []keep.Step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	outcome := failure.Outcome{Noun: "storages", Tell: a.Tell}
	for _, step := range steps {
		err := step.Err
		if err != nil {
			err = fmt.Errorf("%s %s as %q: %w", step.Kind, step.Facts.ID, step.Name, err)
		}
		outcome.Note(err)
	}
	return outcome.Err()
}

// rows print what is, or was, planned.
func rows(printer *app.Printer, steps []keep.Step) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, step := range steps {
			if step.Err != nil {
				continue
			}
			row, err := rowOf(step, printer)
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

type keptRow struct {
	Kind     string  `json:"kind"`
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	ExpireAt *string `json:"expireAt"`
	Computed bool    `json:"expireAtComputed"`
	ActID    string  `json:"actId,omitempty"`
	ActRunID string  `json:"actRunId,omitempty"`
}

func rowOf(s keep.Step, printer *app.Printer) (json.RawMessage, error) {
	if printer.ForPeople() {
		return app.TableRow([]app.Cell{
			{Name: "kind", Value: s.Kind.String()},
			{Name: "id", Value: s.Facts.ID},
			{Name: "size", Value: s.Size},
			{Name: "expires", Value: s.Expiry()},
			{Name: "name", Value: s.Name},
		}), nil
	}
	var expires *string
	if !s.Expires.IsZero() {
		expires = new(api.FormatTime(s.Expires))
	}
	return json.Marshal(keptRow{s.Kind.RunPath(), s.Facts.ID, s.Name, expires, s.Computed, s.Facts.ActID, s.Facts.ActRunID})
}
