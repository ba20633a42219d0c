package datasets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rowschema"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// describer finds out what datasets are made of.
type describer struct {
	*verb.Scope
	kind    storage.Resource[api.Dataset]
	asked   api.ItemsOptions
	sample  int64
	as      string
	path    string // of what --as says; "" is stdout
	check   string
	against export.Against
	types   schema.Options
	wide    string
	seed    maphash.Seed
}

func schemaVerb(kind storage.Resource[api.Dataset]) verb.Verb {
	d := &describer{kind: kind, seed: export.ProfileSeed()}
	return verb.Verb{
		Use:   "schema REF…",
		Short: "Show what items are made of: fields, types, frequencies, examples",
		Long: `Show what the items of datasets are made of: each field with its type in parquet,
the share of items (or objects) that have it and in which it is null, how many
different values there are (counted up to 10,000), the smallest and the largest
one, and an example.

Of several datasets there is one schema that fits all of them, and what differs
between them.

With --as the schema is printed for those who load the items; json-schema is
what --schema of export and --check read. With --check items are held against
all that such a file says, or an Apify dataset schema: types, required fields,
allowed values, bounds. What does not fit is listed with the first item that has
it, counted from 1, and that is the exit code 1.`,
		Example: `  apifyctl datasets schema products
  apifyctl datasets schema products --sample 1000 -f json
  apifyctl datasets schema products --as json-schema -o products.schema.json
  apifyctl datasets export products --schema products.schema.json -o products.parquet
  apifyctl datasets schema --name "prod*" --check products.schema.json`,
		Kind: kind.Offers(), Takes: verb.Many, Prints: verb.Rows, RowType: rowschema.Either{schema.Row{}, items.Misfit{}},
		Values: map[string][]string{"as": formNames(), "wide": parquetValues()["wide"]},
		What: func(flags *pflag.FlagSet) {
			flags.Int64Var(&d.sample, "sample", 0, "look at this many items, spread over the dataset (0 is all)")
		},
		Look: func(flags *pflag.FlagSet) {
			flags.StringVar(&d.as, "as", "", "print the schema for others: "+strings.Join(formNames(), ", "))
			flags.StringVar(&d.check, "check", "", "say which items do not fit the schema in this file")
			addTypeFlags(flags, &d.types.NoDates, &d.wide)
		},
		How:   func(flags *pflag.FlagSet) { addPageFlags(flags, &d.asked) },
		Check: d.prepare,
		Run:   func(ctx context.Context, _ *verb.Scope) error { return d.run(ctx) },
	}
}

func formNames() []string {
	var names []string
	for _, form := range schema.Forms() {
		names = append(names, form.Name)
	}
	return names
}

func (d *describer) prepare(s *verb.Scope) (err error) {
	d.Scope = s
	d.types.WideStruct = d.wide == wideStruct
	switch {
	case d.sample < 0:
		return failure.Usagef("--sample cannot be negative")
	case d.as != "" && !slices.Contains(formNames(), d.as):
		return failure.Usagef("--as must be one of %s, not %q", strings.Join(formNames(), ", "), d.as)
	case d.as != "" && d.check != "":
		return failure.Usagef("--as and --check do not go together")
	case d.as != "" && (s.Print.Format != "" || s.Print.JQ != "" || s.Print.Columns != nil):
		return failure.Usagef("--as is the format; it does not go with --format, --columns and --jq")
	}
	if err := checkWide(d.wide); err != nil {
		return err
	}
	if err := checkItems(&d.asked); err != nil {
		return err
	}
	if d.as != "" { // the ending says nothing
		d.path, s.Print.Output, s.Print.Format = s.Print.Output, "", "jsonl"
	}
	if d.check != "" {
		d.against, err = items.ReadRules(d.check)
	}
	return err
}

func (d *describer) run(ctx context.Context) error {
	targets, outcome, err := d.kind.Targets(ctx, d.Scope)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return outcome.Err()
	}
	profiles := make([]*export.Profile, len(targets))
	progress := d.App.StartProgress("schema", "items", 0)
	seen := items.NewTally(progress)
	for i, t := range targets {
		if profiles[i], err = d.profile(ctx, t, seen); err != nil {
			progress.Done()
			return transfer.Failed(api.KindDataset, t, err)
		}
	}
	progress.Done()
	if d.check != "" {
		return errors.Join(d.misfits(ctx, targets, profiles), outcome.Err())
	}
	return errors.Join(d.show(ctx, targets, profiles), outcome.Err())
}

func (d *describer) profile(ctx context.Context, t destination.Target, seen *items.Tally) (*export.Profile, error) {
	pages := d.Client.Datasets().Pages(ctx, t.Ref, d.asked)
	if d.sample > 0 {
		dataset, err := d.Client.Datasets().Get(ctx, t.Ref)
		if err != nil {
			return nil, err
		}
		pages = items.Sample(ctx, d.Client.Datasets(), t.Ref, d.asked, d.sample, dataset.ItemCount)
	}
	return export.NewProfile(ctx, seen.Watch(pages, d.sample).Lent(d.Client.Datasets()), d.seed, d.against)
}

// misfits tells what does not fit, and fails where there is something.
func (d *describer) misfits(ctx context.Context, targets []destination.Target, profiles []*export.Profile) error {
	var rows []json.RawMessage
	looked, wrong := int64(0), int64(0)
	for i, profile := range profiles {
		looked += profile.Items
		wrong += profile.Misfit
		for _, m := range profile.Misfits {
			text, err := app.JSON(items.Misfit{Dataset: targets[i].String(), Field: m.Field, Want: m.Want, Got: m.Got, Value: m.Value, First: m.First, Items: m.Items})
			if err != nil {
				return err
			}
			rows = append(rows, text)
		}
		if profile.More {
			d.App.Streams.Warnf("dataset %q has more that does not fit than is listed", targets[i])
		}
		if len(profile.Unknown) > 0 {
			d.App.Streams.Warnf("dataset %q has fields that %s does not have: %s", targets[i], d.check, strings.Join(profile.Unknown[:min(len(profile.Unknown), 10)], ", "))
		}
	}
	if wrong == 0 {
		d.App.Streams.Notef("%s fit", output.Plural(looked, "item", "items"))
		return nil
	}
	if err := d.Printer.Rows(ctx, app.Each(rows)); err != nil {
		return err
	}
	return fmt.Errorf("%d of %s do not fit %s", wrong, output.Plural(looked, "item", "items"), d.check)
}

// show prints what all datasets together are made of.
func (d *describer) show(ctx context.Context, targets []destination.Target, profiles []*export.Profile) error {
	merged, rows, err := items.Describe(targets, profiles, d.types)
	if err != nil {
		return err
	}
	for _, warning := range merged.Warnings {
		d.App.Streams.Warnf("%s", warning)
	}
	if d.as != "" {
		return d.write(ctx, merged.Type, targets[0])
	}
	d.Printer.Options().Layout.Whole = []string{"field"}
	return d.Printer.Rows(ctx, items.FieldRows(rows, d.Printer.ForPeople()))
}

func (d *describer) write(ctx context.Context, t *schema.Type, target destination.Target) error {
	forms := schema.Forms()
	form := forms[slices.IndexFunc(forms, func(f schema.Form) bool { return f.Name == d.as })]
	text := form.Write(t, target.Label())
	if d.path == "" || d.path == "-" {
		_, err := d.App.Streams.Out.Write(text)
		return err
	}
	file, err := d.App.CreateRaw(ctx, d.path, sink.Writing{NoClobber: d.Print.NoClobber})
	if err != nil {
		return err
	}
	if _, err := file.Write(text); err != nil {
		return errors.Join(err, file.Abort())
	}
	return file.Commit()
}
