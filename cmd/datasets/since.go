package datasets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/since"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// sinceFlags make an export one of what is new.
type sinceFlags struct {
	on    bool
	state string
}

func (f *sinceFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "since-last", false, "only what is new since the last export to the same place; jsonl, and csv and tsv with --fields, are appended to")
	flags.StringVar(&f.state, "state", "", "where --since-last keeps what was taken, a file or an object (default beside the destination)")
}

func (f *sinceFlags) check(e *exporter, to destination.Destination) error {
	o := e.options
	switch {
	case !f.on && f.state != "":
		return failure.Usagef("--state goes with --since-last")
	case !f.on:
		return nil
	case !to.IsFile():
		return failure.Usagef("--since-last needs a file: give one with --output")
	case o.resume, o.follow, o.bulk.planned(), e.Print.NoClobber:
		return failure.Usagef("--since-last does not go with --resume, --follow, --plan or --no-clobber: it knows itself what was done")
	case o.items.Descending, o.items.Offset > 0, o.items.Limit > 0, o.items.View != "":
		return failure.Usagef("--since-last does not go with --desc, --offset, --limit and --view: what is new is behind what was taken")
	}
	return nil
}

// sinceLast is an export of what is new.
type sinceLast struct {
	*exporter
	job since.Job
}

func (e *exporter) sinceLast(ctx context.Context, to destination.Destination) (err error) {
	printer, asked, err := e.printer(to.Example())
	if err != nil {
		return err
	}
	s := &sinceLast{e, since.Job{
		Exporter: e.job(), To: to, Merge: e.options.merge.on, Appends: since.Appends(printer), Ending: printer.Format().Name, Exists: e.App.Exists,
	}}
	if !s.job.Appends && !to.Many() && !to.Dated() {
		return failure.WithHint(failure.Usagef("%s is not appended to, and --since-last would need another file each time", describe(printer)),
			"put {date} or {time} into the path, or write jsonl, or csv with --fields")
	}
	shape := printer.Format().Name
	if s.job.Appends && printer.Format().Columns {
		shape += " " + strings.Join(printer.Options().Fields, ",")
	}
	path := e.options.since.state
	if path == "" {
		path = since.Path(to.Pattern())
	}
	if s.job.Book, err = since.Open(ctx, e.App, path, to.Pattern(), shape); err != nil {
		return err
	}
	defer func() { err = sink.Both(err, s.job.Book.Close()) }()
	return s.run(ctx, asked)
}

func describe(printer *app.Printer) string {
	switch name := printer.Format().Name; {
	case object.Is(printer.Path()):
		return "an object"
	case name == "csv", name == "tsv":
		return name + " without --fields"
	default:
		return name
	}
}

func (s *sinceLast) run(ctx context.Context, asked api.ItemsOptions) error {
	start := time.Now()
	targets, err := s.targets(ctx)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		if err := s.job.Outcome.Err(); err != nil {
			return err
		}
		s.App.Streams.Notef("no dataset matches; nothing is exported")
		return nil
	}
	if s.job.Merge {
		err = s.job.To.Place(slices.Clone(targets[:1]))
	} else {
		err = s.job.To.Place(targets)
	}
	if err != nil {
		return err
	}
	units, err := s.job.Units(ctx, targets)
	if err != nil {
		return err
	}
	if s.DryRun {
		for _, u := range units {
			if err := storage.ShowTarget(ctx, s.Scope, u.Path); err != nil {
				return err
			}
		}
		return s.job.Outcome.Err()
	}
	if len(units) == 0 {
		if err := errors.Join(s.job.Book.Save(context.WithoutCancel(ctx)), s.job.Outcome.Err()); err != nil {
			return err
		}
		s.App.Streams.Notef("nothing is new in %s", output.Plural(int64(len(targets)), "dataset", "datasets"))
		return nil
	}
	done, err := s.exportAll(ctx, units, asked)
	if err != nil {
		return err
	}
	s.tell(units, len(targets), done, time.Since(start))
	return s.job.Outcome.Err()
}

func (s *sinceLast) tell(units []since.Unit, datasets int, done storages.Sum, took time.Duration) {
	with := 0
	for _, u := range units {
		with += len(u.Targets)
	}
	note := fmt.Sprintf("%d of %s, %s, %s", with, output.Plural(int64(datasets), "dataset", "datasets"), done.Tell("new item", "new items"), took.Round(10*time.Millisecond))
	if len(units) == 1 {
		note += ": " + units[0].Path
	}
	s.App.Streams.Notef("%s", note)
}

// targets are the datasets. Of several files, those of datasets that cannot be found
// are left out; one file is whole or not written at all.
func (s *sinceLast) targets(ctx context.Context) (targets []destination.Target, err error) {
	s.job.Outcome = &failure.Outcome{Noun: "datasets", Tell: s.App.Tell}
	datasets := storage.Datasets()
	switch {
	case s.job.Merge:
		targets, err = datasets.Ordered(ctx, s.Scope)
	case s.Several():
		targets, s.job.Outcome, err = datasets.Targets(ctx, s.Scope)
	default:
		var target destination.Target
		target, err = datasets.Target(ctx, s.Scope)
		targets = []destination.Target{target}
	}
	if err != nil {
		return nil, err
	}
	return s.job.WithUnfinished(ctx, targets)
}

func (s *sinceLast) exportAll(ctx context.Context, units []since.Unit, asked api.ItemsOptions) (storages.Sum, error) {
	if len(units) > 1 && asked.Concurrency == 0 {
		asked.Concurrency = requestsEach
	}
	progress := s.App.StartProgress(output.Plural(int64(len(units)), "file", "files"), "items", 0)
	defer progress.Done()
	return s.job.Run(ctx, units, asked, progress)
}
