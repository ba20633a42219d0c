package datasets

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/bulk"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// worker does the units of one shard.
type worker struct {
	*exporter
	job    *bulk.Job
	schema *schema.Type // of Parquet; nil: unknown
	seen   *tally
	grown  atomic.Int64 // units whose datasets have more items than when they were planned
}

// planError is an error of the plan itself: to try again is no use.
func planError(err error) error {
	if err == nil {
		return nil
	}
	if _, stored := errors.AsType[*object.Error](err); stored {
		return err
	}
	return &failure.UsageError{Message: failure.Text(err)}
}

// planned exports what a plan says, as far as it has no receipt.
func (e *exporter) planned(ctx context.Context, to destination.Destination) error {
	job, err := bulk.Open(ctx, e.App, e.options.bulk.plan)
	if err != nil {
		return planError(err)
	}
	shard, err := e.options.bulk.shardOf(job.Plan, e.App.Environment.Getenv)
	if err != nil {
		return err
	}
	w := &worker{exporter: e, job: job}
	if err := w.prepare(to); err != nil {
		return err
	}
	state, err := job.Look(ctx, shard)
	if err != nil {
		return fmt.Errorf("receipts of the plan: %w", err)
	}
	units, targets, err := w.todo(state, to)
	if err != nil {
		return err
	}
	if e.options.items.Concurrency == 0 {
		e.options.items.Concurrency = requestsEach
	}
	start := time.Now()
	done, err := w.exportAll(ctx, units, targets)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.tell(shard, state, done, time.Since(start))
	return err
}

// prepare finds out whether the plan has what the format needs.
func (w *worker) prepare(to destination.Destination) (err error) {
	printer, _, err := w.printer(to.Example())
	if err != nil {
		return err
	}
	switch format := printer.Format(); {
	case format.Name == "parquet" && w.job.Schema == nil, format.Columns && w.job.Columns == nil:
		return planError(fmt.Errorf("the plan has no columns of %s, on which the files of all workers agree: plan with --to and the path of such files", format.Name))
	case format.Name == "parquet":
		if w.schema, err = schema.Parse(w.job.Schema); errors.Is(err, schema.ErrNoProperties) {
			w.schema, err = &schema.Type{Kind: schema.Group}, nil
		}
	}
	return planError(err)
}

// todo are the units that are not done, and where their files go. A unit whose file
// was written to another place than this worker's is to do, too.
func (w *worker) todo(state bulk.State, to destination.Destination) (units []bulk.Unit, targets []destination.Target, err error) {
	for _, m := range state.Missing {
		units = append(units, m.Unit)
	}
	for _, r := range state.Done {
		path, err := absolute(to.Of(target(w.job.Units[r.Unit])))
		if err != nil {
			return nil, nil, err
		}
		if path != r.Path {
			units = append(units, w.job.Units[r.Unit])
		}
	}
	for _, u := range units {
		targets = append(targets, target(u))
	}
	if err := to.Place(targets); err != nil {
		return nil, nil, err
	}
	for i := range targets {
		if targets[i].Path, err = absolute(targets[i].Path); err != nil {
			return nil, nil, err
		}
	}
	return units, targets, nil
}

// absolute is a path that means the same to who reads the manifest.
func absolute(path string) (string, error) {
	if object.Is(path) {
		return path, nil
	}
	return filepath.Abs(path)
}

// target names a unit's file. Parts of a dataset have names of their own.
func target(u bulk.Unit) destination.Target {
	id := u.Dataset
	if u.Limit < u.Items {
		id = fmt.Sprintf("%s-%012d", id, u.Offset)
	}
	return destination.Target{Ref: u.Ref(), Name: u.File, ID: id}
}

// exportAll does units, some at a time. One that fails does not stop the others,
// unless it would befall them all.
func (w *worker) exportAll(ctx context.Context, units []bulk.Unit, targets []destination.Target) (total storage.Sum, err error) {
	progress := w.App.StartProgress(output.Plural(int64(len(units)), "unit", "units"), "items", 0)
	defer progress.Done()
	w.seen = newTally(progress)
	failed := &bulk.Failures{Tell: w.App.Tell, Units: len(units)}
	sums := make([]storage.Sum, len(units))
	transfer.Each(len(units), storages.AtOnce, func(i int) {
		if ctx.Err() != nil || failed.Hopeless() {
			return
		}
		var err error
		if sums[i], err = w.unit(ctx, units[i], targets[i]); err != nil && ctx.Err() == nil {
			failed.Add(units[i], err)
		}
	})
	for _, sum := range sums {
		total.Add(sum)
	}
	return total, failed.Err()
}

// unit exports one unit, and leaves its receipt.
func (w *worker) unit(ctx context.Context, u bulk.Unit, t destination.Target) (storage.Sum, error) {
	dataset, err := w.Client.Datasets().Get(ctx, t.Ref)
	if err != nil {
		return storage.Sum{}, err
	}
	switch {
	case dataset.ItemCount < u.Offset+u.Limit:
		return storage.Sum{}, &bulk.ChangedError{Planned: u.Offset + u.Limit, Has: dataset.ItemCount}
	case dataset.ItemCount > u.Items:
		w.grown.Add(1)
	case !dataset.ModifiedAt.Equal(u.ModifiedAt):
		w.App.Streams.Warnf("dataset %q was modified after it was planned: its items are taken as they are now", t)
	}
	printer, items, err := w.unitPrinter(u, t)
	if err != nil {
		return storage.Sum{}, err
	}
	if printer.Format().Name == "rss" {
		if err := w.nameFeed(ctx, t.Ref, printer.Options()); err != nil {
			return storage.Sum{}, err
		}
	}
	printer.Options().Parquet.Dataset, printer.Options().Parquet.Offset = dataset.ID, u.Offset
	var seal *bulk.Seal
	printer.Watch(func(to sink.Sink) sink.Sink {
		seal = w.job.Seal(ctx, u, to)
		return seal
	})
	pages := export.Pages{All: func(func([]byte, error) bool) {}}
	if u.Limit > 0 {
		pages = w.seen.watch(w.Client.Datasets().Pages(ctx, t.Ref, items), u.Limit).lent(w.Client.Datasets())
	}
	summary, err := printer.Pages(ctx, pages)
	if errors.Is(err, bulk.ErrDoneMeanwhile) {
		w.App.Streams.Notef("%s was written by another worker meanwhile, and stays", t.Path)
		return storage.Sum{}, nil
	}
	if err != nil {
		return storage.Sum{}, err
	}
	done := written{Summary: summary}
	w.warn(t, done)
	return done.sum(), w.job.Give(ctx, seal.Receipt(t.Path))
}

// unitPrinter is what writes a unit, in the plan's columns, and what it asks for.
func (w *worker) unitPrinter(u bulk.Unit, t destination.Target) (*app.Printer, api.ItemsOptions, error) {
	options := w.job.Options.Items(u)
	options.Concurrency, options.PageSize = w.options.items.Concurrency, w.options.items.PageSize
	one := *w.exporter
	one.options.items = options
	printer, items, err := one.printer(t.Path)
	if err != nil {
		return nil, items, err
	}
	o := printer.Options()
	o.Parquet.Schema, o.Parquet.Exact = w.schema, true
	if printer.Format().Columns {
		o.Exact = w.job.Columns
	}
	return printer, items, nil
}

func (w *worker) tell(shard int, state bulk.State, done storage.Sum, took time.Duration) {
	name := "the whole plan"
	if shard >= 0 {
		name = fmt.Sprintf("shard %d of %d", shard, w.job.Shards)
	}
	note := name + ": " + done.Tell("item", "items")
	if before := len(state.Done); before > 0 {
		note += fmt.Sprintf(", %s done before", output.Plural(int64(before), "unit", "units"))
	}
	w.App.Streams.Notef("%s, %s", note, took.Round(10*time.Millisecond))
	if n := w.grown.Load(); n > 0 {
		w.App.Streams.Notef("%s grown since the plan was made: what was planned is taken", output.Plural(n, "unit's dataset has", "units' datasets have"))
	}
}
