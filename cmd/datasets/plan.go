package datasets

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/bulk"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/output"
)

// planner makes plans, and prints what engines need to carry them out.
type planner struct {
	*verb.Scope
	items      api.ItemsOptions
	output     string
	noClobber  bool
	plan       string // of which something is printed, instead of making one
	shards     int
	splitItems int64
	sample     int64
	schema     string
	types      schema.Options
	wide       string
	to         string
	print      string
	format     export.Format // of the files; "" where it is not known
}

const (
	usualShards = 8
	usualSplit  = 1_000_000
	usualSample = 10_000
)

// Plan is `apifyctl plan`.
func Plan(a *app.App) *cobra.Command {
	p := &planner{}
	kind := storage.Datasets()
	return verb.Verb{
		Use:   "plan (REF… | --plan PLAN) [-o PLAN]",
		Short: "Plan the export of many datasets by many machines",
		Long: `Freeze what an export of many datasets has to do, for an engine that runs many
machines: Kubernetes, Slurm, a batch service, a CI matrix. Three commands are
the whole of it: plan, once; datasets export --plan PLAN --shard auto, in every
worker; commit --plan PLAN, once.

A plan is JSON Lines: the options, the columns and types on which the files of
all workers agree, and a line for each unit: a dataset, or a range of one with
more items than --split-items, with its shard. Shards are balanced by bytes. The
same datasets give the same plan, and its hash names the job. Receipts, the
manifest and _SUCCESS go to the plan's folder, so each job needs one of its own.

Columns and types are found in --sample items of each dataset. A unit that has
others fails, rather than losing them. With --to and the path of files that need
none, such as jsonl, no item is read.

--print prints what an engine needs, ready to run.`,
		Example: `  apifyctl plan --all --shards 4 --to "lake/{name}.parquet" -o job/plan.jsonl
  apifyctl plan products --to "{name}.jsonl"
  apifyctl plan --newer-than 520w --shards 64 --to "lake/{name}.parquet" -o today/plan.jsonl --print kubernetes`,
		Kind: kind.Offers(), Takes: verb.Many, Fields: fieldFlags(),
		Instead: func() bool { return p.plan != "" },
		Values:  map[string][]string{"print": bulk.Engines(), "wide": parquetValues()["wide"]},
		What:    p.addWhat,
		Where: func(flags *pflag.FlagSet) {
			flags.StringVarP(&p.output, "output", "o", "", "write the plan to this file, or object (s3://, gs://, az://), instead of stdout; a plan that is there stays")
			flags.BoolVar(&p.noClobber, "no-clobber", false, "do nothing if the file already exists")
			flags.StringVar(&p.to, "to", "", "where workers write: the --output of their export")
		},
		How:   p.addHow,
		Check: p.check,
		Run:   func(ctx context.Context, _ *verb.Scope) error { return p.run(ctx) },
	}.Command(a)
}

// addWhat registers what the API does to items. Ranges and the order are the plan's.
func (p *planner) addWhat(flags *pflag.FlagSet) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	addItemFlags(all, &p.items)
	all.VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "offset" && flag.Name != "limit" && flag.Name != "desc" {
			flags.AddFlag(flag)
		}
	})
}

func (p *planner) addHow(flags *pflag.FlagSet) {
	flags.IntVar(&p.shards, "shards", usualShards, "how many workers share the work")
	flags.Int64Var(&p.splitItems, "split-items", usualSplit, "make several units of a dataset with more items than this (0 is never)")
	flags.Int64Var(&p.sample, "sample", usualSample, "look at this many items of each dataset for columns and types (0 is all)")
	flags.StringVar(&p.schema, "schema", "", "take the types of parquet from this file, which datasets schema --as json-schema prints")
	addTypeFlags(flags, &p.types.NoDates, &p.wide)
	flags.StringVar(&p.print, "print", "", "print what the engine needs, with --to: "+strings.Join(bulk.Engines(), ", "))
	flags.StringVar(&p.plan, "plan", "", "print for this plan, instead of making one")
}

func (p *planner) check(s *verb.Scope) error {
	p.Scope = s
	p.types.WideStruct = p.wide == wideStruct
	switch {
	case p.shards < 1 || p.shards > bulk.MaxShards:
		return failure.Usagef("--shards is a number from 1 to %d", bulk.MaxShards)
	case p.splitItems < 0:
		return failure.Usagef("--split-items cannot be negative")
	case p.sample < 0:
		return failure.Usagef("--sample cannot be negative")
	case p.plan != "" && (p.output != "" || p.print == ""):
		return failure.Usagef("--plan goes with --print, and makes no plan for --output")
	case p.schema != "" && (p.types.NoDates || p.wide != ""):
		return failure.Usagef("--no-dates and --wide do not go with --schema, which says what the columns are")
	}
	if p.output == "-" {
		p.output = ""
	}
	if err := p.checkPrint(); err != nil {
		return err
	}
	if err := p.checkTo(); err != nil {
		return err
	}
	if err := checkWide(p.wide); err != nil {
		return err
	}
	return checkItems(&p.items)
}

func (p *planner) checkPrint() error {
	if p.print == "" {
		return nil
	}
	at := p.output + p.plan
	if at == "" || p.to == "" {
		return failure.Usagef("--print needs the plan's place, with --output, and where workers write, with --to")
	}
	return bulk.CheckEngine(p.print, at, p.to)
}

// checkTo finds out the format of the files.
func (p *planner) checkTo() error {
	nested := len(items.TopLevel(p.items.Fields)) != len(p.items.Fields)
	if p.to == "" {
		if nested {
			return failure.Usagef("--fields that reach inside need --to: formats have other columns of them")
		}
		return nil
	}
	to, err := destination.New(p.to, "")
	if err == nil && !to.Many() {
		err = failure.Usagef(`--to needs a place for each unit: DIR/ or "DIR/{name}.parquet"`)
	}
	if err != nil {
		return err
	}
	printer, err := p.App.Printer(app.PrintFlags{Output: to.Example()})
	if err == nil {
		p.format = printer.Format()
	}
	return err
}

func (p *planner) run(ctx context.Context) error {
	if p.plan != "" {
		job, err := bulk.Open(ctx, p.App, p.plan)
		if err != nil {
			return planError(err)
		}
		return p.printFor(job.Plan, p.plan)
	}
	if kept, err := p.App.Kept(ctx, app.PrintFlags{NoClobber: p.noClobber}, p.output); err != nil || kept {
		return err
	}
	plan, err := p.make(ctx)
	if err != nil {
		return err
	}
	if p.output == "" {
		return plan.Write(p.App.Streams.Out)
	}
	if err := bulk.Save(ctx, p.App, p.output, plan); err != nil {
		return err
	}
	p.App.Streams.Notef("job %s: %s in %s, %s, %s; the heaviest shard has %.2f of the mean", plan.Job[:12],
		output.Plural(int64(plan.Count), "unit", "units"), output.Plural(int64(plan.Shards), "shard", "shards"),
		output.Plural(plan.Items, "item", "items"), output.Bytes(plan.Bytes), plan.Heaviest())
	return p.printFor(plan, p.output)
}

func (p *planner) printFor(plan *bulk.Plan, at string) error {
	if p.print == "" {
		return nil
	}
	text, err := bulk.Script(p.print, bulk.Work{Job: plan.Job, Shards: plan.Shards, Plan: at, To: p.to, Version: p.App.Build.Version})
	if err != nil {
		return err
	}
	_, err = p.App.Streams.Out.Write(text)
	return err
}

// make finds the datasets, and what is in them.
func (p *planner) make(ctx context.Context) (*bulk.Plan, error) {
	datasets, err := storage.Datasets().Found(ctx, p.Scope)
	if err != nil {
		return nil, err
	}
	if len(datasets) == 0 {
		return nil, failure.WithHint(&failure.NotFoundError{Message: "no dataset matches; there is nothing to plan"}, "`datasets list` with the same flags shows what they select")
	}
	plan := bulk.New(bulk.Request{Datasets: datasets, Options: bulk.NewOptions(p.items), Shards: p.shards, SplitItems: p.splitItems})
	if err := p.agree(ctx, plan, datasets); err != nil {
		return nil, err
	}
	plan.Seal()
	return plan, nil
}

// agree puts the columns and types into a plan that the files of all workers have.
func (p *planner) agree(ctx context.Context, plan *bulk.Plan, datasets []*api.Dataset) error {
	tables, typed := p.needs()
	if typed && p.schema != "" {
		given, err := items.ReadSchema(p.schema)
		if err != nil {
			return err
		}
		plan.Schema, typed = given.JSONSchema(), false
	}
	if !tables && !typed {
		return nil
	}
	survey, err := p.survey(ctx, plan, datasets)
	if err != nil {
		return err
	}
	if tables {
		if plan.Columns, err = survey.Columns(); err != nil && p.format.Columns {
			return err
		} else if err != nil {
			p.App.Streams.Warnf("the plan is not for csv and other tables: %v", err)
		}
	}
	if !typed {
		return nil
	}
	resolved, err := survey.Type(p.types)
	switch {
	case err == nil:
		plan.Schema = resolved.JSONSchema()
	case p.format.Name != "":
		return err
	default:
		p.App.Streams.Warnf("the plan is not for parquet: %v", err)
	}
	for _, warning := range resolved.Warnings {
		p.App.Streams.Warnf("%s", warning)
	}
	return nil
}

// needs tells what the format of the files has: columns of tables, types of
// Parquet, or where it is not known either.
func (p *planner) needs() (tables, typed bool) {
	known := p.format.Name != ""
	return !known || p.format.Columns, !known || p.format.Name == "parquet"
}

// survey looks at items of all datasets.
func (p *planner) survey(ctx context.Context, plan *bulk.Plan, datasets []*api.Dataset) (*export.Survey, error) {
	progress := p.App.StartProgress("plan", "items", 0)
	defer progress.Done()
	surveyor := bulk.Surveyor{Datasets: p.Client.Datasets(), Sample: p.sample, Concurrency: requestsEach, Printer: p.printer}
	all, err := surveyor.Look(ctx, datasets, items.NewTally(progress))
	if err != nil {
		return nil, err
	}
	if plan.Sampled = surveyor.Sampled(datasets); plan.Sampled > 0 {
		progress.Done()
		p.App.Streams.Notef("of %s with more than %d items, columns and types are those of a sample: a unit that has others fails; --sample 0 looks at all",
			output.Plural(int64(plan.Sampled), "dataset", "datasets"), p.sample)
	}
	return all, nil
}

// printer is what workers print with, as far as it decides what items become.
func (p *planner) printer() (items.Printer, api.ItemsOptions, error) {
	asked, format := p.items, p.format.Name
	if format == "" {
		format = "csv"
	}
	printer, err := p.App.Printer(app.PrintFlags{Format: format, Output: "x"})
	if err == nil {
		pickFields(printer, &asked, "", nil)
	}
	return printer, asked, err
}
