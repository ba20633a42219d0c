// Package keep is the command that finds storages without a name, which expire,
// and names them.
package keep

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
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

A template holds ` + fieldNames + `. Names are
unique for each kind: one that is taken gets a number, or with --strict nothing
is named.`,
		Example: `  apifyctl keep --dry-run
  apifyctl keep --expiring 48h --template "{actor}-{date}" --yes
  apifyctl keep --from names.csv --yes`,
		Takes: verb.Selected, Prints: verb.Rows, RowType: keptRow{}, DryRun: "the names", Values: map[string][]string{"encoding": input.Encodings()},
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&o.template, "template", "", "the pattern of the names: letters, digits, hyphens and "+fieldNames)
			flags.StringVar(&o.from, "from", "", "read id,name from this CSV file (- is stdin)")
			storage.AddEncoding(flags, &o.read)
			flags.BoolVar(&o.strict, "strict", false, "name nothing if a name is taken")
		},
		Check: func(s *verb.Scope) error { return check(s.Selection) },
		Run:   func(ctx context.Context, s *verb.Scope) error { return keep(ctx, s, o) },
	}.Command(a)
}

// nothing is said where there is no candidate.
const nothing = "there is no unnamed storage to keep"

func keep(ctx context.Context, s *verb.Scope, o options) error {
	if o.template == "" && o.from == "" && !s.DryRun {
		return walk(ctx, s.App, s.Selection, storage.Kinds())
	}
	makeSteps, err := o.naming(ctx, s.App)
	if err != nil {
		return err
	}
	all, err := take(ctx, s.Client, s.Selection, storage.Kinds())
	if err != nil {
		return err
	}
	if o.from == "" {
		if err := nameActors(ctx, s.Client, all.candidates); err != nil {
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
	apply(ctx, steps)
	if err := s.Printer.Rows(ctx, rows(s.Printer, steps)); err != nil {
		return err
	}
	return outcome(ctx, s.App, steps)
}

// check refuses selections that can hold nothing to name.
func check(s verb.Selection) error {
	switch {
	case s.Name != "":
		return failure.Usagef("--name selects storages by the name that they have; keep names those that have none")
	case s.Shared:
		return failure.Usagef("--shared selects what belongs to others; keep names the account's own storages")
	}
	return s.Check()
}

// naming reads the flags that say how names are made.
func (o options) naming(ctx context.Context, a *app.App) (func(*inventory) ([]step, error), error) {
	switch {
	case o.template != "" && o.from != "":
		return nil, failure.Usagef("--template and --from contradict each other")
	case o.from != "":
		wishes, err := readWishes(o.from, a.Streams.Input(ctx), o.read)
		return func(all *inventory) ([]step, error) { return byWishes(all, wishes, o.strict) }, err
	}
	text := o.template
	if text == "" {
		text = defaultTemplate
	}
	t, err := parseTemplate(text)
	return func(all *inventory) ([]step, error) { return byTemplate(all, t, o.strict) }, err
}

func confirm(ctx context.Context, a *app.App, steps []step) error {
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

// apply names the storages, several at a time; each step keeps its error.
func apply(ctx context.Context, steps []step) {
	transfer.Each(len(steps), transfer.AtOnce, func(i int) {
		if steps[i].err = ctx.Err(); steps[i].err == nil {
			steps[i].err = steps[i].Rename(ctx, steps[i].name)
		}
	})
}

func outcome(ctx context.Context, a *app.App, steps []step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	outcome := failure.Outcome{Noun: "storages", Tell: a.Tell}
	for _, step := range steps {
		err := step.err
		if err != nil {
			err = fmt.Errorf("%s %s as %q: %w", step.Kind, step.Facts.ID, step.name, err)
		}
		outcome.Note(err)
	}
	return outcome.Err()
}
