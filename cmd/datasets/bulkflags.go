package datasets

import (
	"fmt"
	"math"
	"slices"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/bulk"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// bulkFlags make an export one of many workers.
type bulkFlags struct {
	plan    string
	shard   string
	maxRate float64
}

func (f *bulkFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.plan, "plan", "", "do what this plan says, which apifyctl plan has made (a file, s3://, gs://, az://)")
	flags.StringVar(&f.shard, "shard", "", "only this part: i/n, counted from 0, or auto, which asks the engine's variables (Kubernetes, Slurm, Cloud Run, AWS and Google Batch, SGE, GitLab)")
	flags.Float64Var(&f.maxRate, "max-rate", 0, "requests a second at most (0 is what the platform allows)")
}

func (f *bulkFlags) planned() bool { return f.plan != "" }

// fixedByPlan are the flags whose values are those of the plan.
func fixedByPlan() []string {
	return []string{
		"offset", "limit", "desc", "fields", "output-fields", "omit", "unwind", "flatten", "clean", "skip-empty", "skip-hidden",
		"skip-failed-pages", "simplified", "view", "schema", "no-dates", "wide", "truncate",
	}
}

// check finds what cannot be right before the first request. What there is to do,
// and by whom, is settled here but for what only the plan can tell.
func (f *bulkFlags) check(e *exporter, to destination.Destination) error {
	if f.maxRate < 0 || math.IsNaN(f.maxRate) {
		return failure.Usagef("--max-rate cannot be negative")
	}
	e.App.Flags.MaxRate = f.maxRate
	if f.planned() {
		return f.checkPlanned(e, to)
	}
	if f.shard == "" {
		return nil
	}
	switch {
	case !e.Several():
		return failure.Usagef("--shard goes with several datasets, or with --plan")
	case e.Changed("merge") || e.Changed("since-last"):
		return failure.Usagef("--shard goes with a file for each dataset, not with --merge or --since-last")
	}
	shard, err := bulk.ParseShard(f.shard, 0, e.App.Environment.Getenv)
	if err != nil {
		return badShard(err)
	}
	e.Only = shard.Holds
	return nil
}

func (f *bulkFlags) checkPlanned(e *exporter, to destination.Destination) error {
	if i := slices.IndexFunc(fixedByPlan(), e.Changed); i >= 0 {
		return failure.Usagef("--%s is the plan's: give it to apifyctl plan", fixedByPlan()[i])
	}
	switch {
	case to.Dated():
		return failure.Usagef("--plan does not go with {date} and {time}: a worker that starts again must find the same files")
	case !to.Many():
		return failure.WithHint(failure.Usagef("a plan needs a place for each of its units"), `-o DIR/ or -o "s3://BUCKET/{name}.parquet" makes one file a unit`)
	case e.options.resume, e.options.follow, e.Print.NoClobber, e.DryRun:
		return failure.Usagef("--plan does not go with --resume, --follow, --no-clobber or --dry-run: what has a receipt is done, and all else is done anew")
	}
	if f.shard != "" && f.shard != bulk.Auto { // a mistake shows before the plan is read
		if _, err := bulk.ParseShard(f.shard, 0, e.App.Environment.Getenv); err != nil {
			return badShard(err)
		}
	}
	return nil
}

func badShard(err error) error { return &failure.UsageError{Message: fmt.Sprintf("--shard: %v", err)} }

// shardOf is the shard of a plan, or all of it: -1.
func (f *bulkFlags) shardOf(plan *bulk.Plan, getenv func(string) string) (int, error) {
	if f.shard == "" {
		return -1, nil
	}
	shard, err := bulk.ParseShard(f.shard, plan.Shards, getenv)
	if err != nil {
		return 0, badShard(err)
	}
	return shard.Index, nil
}
