package datasets

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/output"
)

// mergeFlags make one file of several datasets.
type mergeFlags struct {
	on     bool
	source string
}

// usualSource is the column of --source-column without a value.
const usualSource = "dataset"

func (f *mergeFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "merge", false, "write several datasets into one file, one behind the other")
	flags.StringVar(&f.source, "source-column", "", "begin merged items with the name of their dataset, or its ID, in this field")
	flags.Lookup("source-column").NoOptDefVal = usualSource
}

func (f *mergeFlags) check(to destination.Destination, o exportOptions) error {
	switch {
	case !f.on && f.source != "":
		return failure.Usagef("--source-column goes with --merge")
	case !f.on:
		return nil
	case to.Many():
		return failure.Usagef("--merge writes one file: --output cannot be a folder or have {name} or {id}")
	case o.resume:
		return failure.WithHint(failure.Usagef("--resume does not go with --merge: it keeps the pages of one dataset"), "run the command again as it was; the file appears only when it is whole")
	case o.follow:
		return failure.Usagef("--follow goes with one dataset, not with --merge")
	case o.bulk.planned():
		return failure.Usagef("--merge does not go with --plan, whose workers write a file for each unit")
	}
	return nil
}

// merged writes several datasets into one file.
func (e *exporter) merged(ctx context.Context, path string) error {
	start := time.Now()
	targets, err := storage.Datasets().Ordered(ctx, e.Scope)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		e.App.Streams.Notef("no dataset matches; nothing is exported")
		return nil
	}
	printer, asked, err := e.printer(path)
	if err != nil {
		return err
	}
	datasets := output.Plural(int64(len(targets)), "dataset", "datasets")
	progress := e.App.StartProgress(datasets, "items", 0)
	defer progress.Done()
	if printer.OnTerminal() {
		progress.Done()
	}
	if printer.Format().Name == "rss" && printer.Options().FeedTitle == "" {
		printer.Options().FeedTitle = datasets
	}
	merged := &items.Merged{Exporter: e.job(), Targets: targets, Asked: asked, Tally: items.NewTally(progress)}
	summary, err := merged.Write(ctx, printer)
	progress.Done()
	if err != nil {
		return err
	}
	for _, warning := range append(summary.Warnings(), unseen(ctx, e.Scope, printer, targets[0].Ref)...) {
		e.App.Streams.Warnf("%s: %s", datasets, warning)
	}
	if path != "" || e.App.Streams.ErrTerminal && !printer.OnTerminal() {
		note := fmt.Sprintf("%s, %s, %s", datasets, summary.Sum().Tell("item", "items"), time.Since(start).Round(10*time.Millisecond))
		if path != "" {
			note += ": " + path
		}
		e.App.Streams.Notef("%s", note)
	}
	return nil
}
