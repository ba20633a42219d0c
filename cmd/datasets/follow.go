package datasets

import (
	"context"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// checkFollow refuses what cannot be written before the last item is known.
func checkFollow(printer *app.Printer, items api.ItemsOptions, resume bool) error {
	name := printer.Format().Name
	_, compressed := sink.Compressed(printer.Path())
	switch {
	case name == "parquet":
		return failure.Usagef("--follow goes with jsonl, csv and tsv: a Parquet file cannot be read before its end, where it says what is in it")
	case name != "jsonl" && name != "csv" && name != "tsv":
		return failure.Usagef("--follow goes with jsonl, csv and tsv, not with %s", name)
	case name != "jsonl" && len(printer.Options().Fields) == 0:
		return failure.WithHint(failure.Usagef("--follow with %s needs the columns: new items may have others", name), "name them with --fields")
	case items.Descending, items.Limit > 0, resume:
		return failure.Usagef("--follow does not go with --desc, --limit and --resume")
	case compressed:
		return failure.Usagef("--follow does not compress: what is written could not be read before the end")
	}
	return nil
}

// follow writes items as they come in. Its file is there from the start.
func (e *exporter) follow(ctx context.Context, ref api.Ref, path string) error {
	printer, asked, err := e.printer(path)
	if err != nil {
		return err
	}
	printer.Options().OnePass = true
	dataset, err := e.Client.Datasets().Get(ctx, ref)
	if err != nil {
		return transfer.Failed(api.KindDataset, ref, err)
	}
	run := e.FromRun
	if run == "" {
		run = dataset.ActRunID
	}
	to := sink.Stream(e.App.Streams.Out)
	if path != "" {
		if to, err = sink.AppendingFile(path); err != nil {
			return err
		}
	}
	progress := e.App.StartProgress(ref.String(), "items", 0)
	defer progress.Done()
	if path == "" && e.App.Streams.OutTerminal {
		progress.Done()
	}
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	printer.Options().Failed = stop // nothing more may come in for hours
	seen := items.NewTally(progress).Watch(items.Arriving(waiting, e.Client, ref, asked, run, func(err error) {
		if !e.App.IsLocal() {
			e.App.Streams.Warnf("run %q: its end will not be noticed: %v", run, err)
		}
	}), 0)
	summary, err := printer.PagesTo(context.WithoutCancel(ctx), export.PagesOf(seen.Pages), to)
	progress.Done()
	if err != nil {
		return items.NestedHint(transfer.Failed(api.KindDataset, ref, err), "")
	}
	if path != "" {
		e.App.Streams.Notef("%s, %s", output.Plural(summary.Items, "item", "items"), output.Bytes(summary.Bytes))
	}
	return nil
}
