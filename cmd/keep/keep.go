// Package keep is the command that finds storages without a name, which expire,
// and names them.
package keep

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/output"
)

type options struct {
	selection      storage.Selection
	template, from string
	read           input.Options
	strict, dryRun bool
	print          app.PrintFlags
}

// Command is `apifyctl keep`.
func Command(a *app.App) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "keep",
		Short: "Find unnamed storages that will expire, and name them",
		Long: `Find the account's unnamed datasets, key-value stores and request queues, most
urgent first, and name them, which keeps them for good.

On a terminal they are a list to walk through. In scripts --template makes the
names, or --from reads them from a CSV file with the columns id and name:

  apifyctl keep --expiring 48h --template '{actor}-{date}' --dry-run
  apifyctl keep --from names.csv --yes

A template holds ` + fieldNames + `. Names are
unique for each kind: one that is taken gets a number, or with --strict nothing
is named.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return keep(command.Context(), a, o) },
	}
	flags := command.Flags()
	flags.StringVar(&o.template, "template", "", "make the names so: letters, digits, hyphens and "+fieldNames)
	flags.StringVar(&o.from, "from", "", "read id,name from this CSV file (- is stdin)")
	storage.AddEncoding(command, &o.read)
	flags.BoolVar(&o.strict, "strict", false, "name nothing if a name is taken")
	flags.BoolVar(&o.dryRun, "dry-run", false, "show the names, and stop")
	o.selection.Add(flags)
	o.selection.AddRun(flags)
	o.print.Add(flags)
	app.CompleteFormats(command)
	return command
}

func keep(ctx context.Context, a *app.App, o options) error {
	if err := check(o.selection); err != nil {
		return err
	}
	if o.template == "" && o.from == "" && !o.dryRun {
		return walk(ctx, a, o.selection, allKinds())
	}
	makeSteps, err := o.naming(ctx, a)
	if err != nil {
		return err
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
	client, err := a.Client()
	if err != nil {
		return err
	}
	all, err := take(ctx, client, o.selection, allKinds())
	if err != nil {
		return err
	}
	if o.from == "" {
		if err := nameActors(ctx, client, all.candidates); err != nil {
			return err
		}
	}
	steps, err := makeSteps(all)
	if err != nil {
		return err
	}
	if o.dryRun || len(steps) == 0 {
		return printer.Rows(ctx, rows(printer, steps))
	}
	if err := confirm(ctx, a, steps); err != nil {
		return err
	}
	apply(ctx, steps)
	if err := printer.Rows(ctx, rows(printer, steps)); err != nil {
		return err
	}
	return outcome(ctx, a, steps)
}

// check refuses selections that can hold nothing to name.
func check(s storage.Selection) error {
	switch {
	case s.Name != "":
		return app.Usagef("--name selects storages by the name that they have; keep names those that have none")
	case s.Shared:
		return app.Usagef("--shared selects what belongs to others; keep names the account's own storages")
	}
	return s.Check()
}

// naming reads the flags that say how names are made.
func (o options) naming(ctx context.Context, a *app.App) (func(*inventory) ([]step, error), error) {
	switch {
	case o.template != "" && o.from != "":
		return nil, app.Usagef("--template and --from contradict each other")
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

func allKinds() []api.Kind {
	return []api.Kind{api.KindDataset, api.KindKeyValueStore, api.KindRequestQueue}
}

func confirm(ctx context.Context, a *app.App, steps []step) error {
	if a.Flags.Yes {
		return nil
	}
	printer := a.NotePrinter()
	if err := printer.Rows(ctx, rows(printer, steps)); err != nil {
		return err
	}
	return a.Confirm(ctx, fmt.Sprintf("Name %s so?", output.Plural(int64(len(steps)), "storage", "storages")))
}

// apply names the storages, several at a time; each step keeps its error.
func apply(ctx context.Context, steps []step) {
	var group errgroup.Group
	group.SetLimit(parallel)
	for i := range steps {
		group.Go(func() error {
			if steps[i].err = ctx.Err(); steps[i].err == nil {
				steps[i].err = steps[i].rename(ctx, steps[i].name)
			}
			return nil
		})
	}
	_ = group.Wait() // the steps have the errors
}

func outcome(ctx context.Context, a *app.App, steps []step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	failed := 0
	for _, step := range steps {
		if step.err == nil {
			continue
		}
		failed++
		err := fmt.Errorf("%s %s as %q: %w", step.kind, step.facts.ID, step.name, step.err)
		if len(steps) == 1 {
			return err
		}
		a.Streams.Warnf("%v", err)
	}
	if failed > 0 {
		return &app.PartialError{Failed: failed, Total: len(steps), Noun: "storages"}
	}
	return nil
}
