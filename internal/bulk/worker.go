package bulk

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Worker does the units of one shard.
type Worker struct {
	*items.Exporter
	Job  *Job
	Tell failure.Tell

	schema *schema.Type // of Parquet; nil: unknown
	seen   *items.Tally
	grown  atomic.Int64
}

// Grown is how many units had datasets with more items than when they were planned.
func (w *Worker) Grown() int64 { return w.grown.Load() }

// Prepare finds out whether the plan has what the format needs.
func (w *Worker) Prepare(format export.Format) (err error) {
	switch {
	case format.Name == "parquet" && w.Job.Schema == nil, format.Columns && w.Job.Columns == nil:
		return fmt.Errorf("the plan has no columns of %s, on which the files of all workers agree: plan with --to and the path of such files", format.Name)
	case format.Name == "parquet":
		if w.schema, err = schema.Parse(w.Job.Schema); errors.Is(err, schema.ErrNoProperties) {
			w.schema, err = &schema.Type{Kind: schema.Group}, nil
		}
	}
	return err
}

// Todo are the units that are not done, and where their files go. A unit whose file
// was written to another place than this worker's is to do, too.
func (w *Worker) Todo(state State, to destination.Destination) (units []Unit, targets []destination.Target, err error) {
	for _, m := range state.Missing {
		units = append(units, m.Unit)
	}
	for _, r := range state.Done {
		path, err := absolute(to.Of(target(w.Job.Units[r.Unit])))
		if err != nil {
			return nil, nil, err
		}
		if path != r.Path {
			units = append(units, w.Job.Units[r.Unit])
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
func target(u Unit) destination.Target {
	id := u.Dataset
	if u.Limit < u.Items {
		id = fmt.Sprintf("%s-%012d", id, u.Offset)
	}
	return destination.Target{Ref: u.Ref(), Name: u.File, ID: id}
}

// Run does units, some at a time. One that fails does not stop the others,
// unless it would befall them all.
func (w *Worker) Run(ctx context.Context, units []Unit, targets []destination.Target, progress *output.Progress) (total storages.Sum, err error) {
	w.seen = items.NewTally(progress)
	failed := &Failures{Tell: w.Tell, Units: len(units)}
	sums := make([]storages.Sum, len(units))
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
func (w *Worker) unit(ctx context.Context, u Unit, t destination.Target) (storages.Sum, error) {
	dataset, err := w.Client.Datasets().Get(ctx, t.Ref)
	if err != nil {
		return storages.Sum{}, err
	}
	switch {
	case dataset.ItemCount < u.Offset+u.Limit:
		return storages.Sum{}, &ChangedError{Planned: u.Offset + u.Limit, Has: dataset.ItemCount}
	case dataset.ItemCount > u.Items:
		w.grown.Add(1)
	case !dataset.ModifiedAt.Equal(u.ModifiedAt):
		w.Warn("dataset %q was modified after it was planned: its items are taken as they are now", t)
	}
	printer, asked, err := w.unitPrinter(u, t)
	if err != nil {
		return storages.Sum{}, err
	}
	if printer.Format().Name == "rss" {
		w.NameFeed(dataset, printer.Options())
	}
	printer.Options().Parquet.Dataset, printer.Options().Parquet.Offset = dataset.ID, u.Offset
	var seal *Seal
	printer.Watch(func(to sink.Sink) sink.Sink {
		seal = w.Job.Seal(ctx, u, to)
		return seal
	})
	pages := export.Pages{All: func(func([]byte, error) bool) {}}
	if u.Limit > 0 {
		pages = w.seen.Watch(w.Client.Datasets().Pages(ctx, t.Ref, asked), u.Limit).Lent(w.Client.Datasets())
	}
	summary, err := printer.Pages(ctx, pages)
	if errors.Is(err, ErrDoneMeanwhile) {
		w.Note("%s was written by another worker meanwhile, and stays", t.Path)
		return storages.Sum{}, nil
	}
	if err != nil {
		return storages.Sum{}, err
	}
	for _, warning := range summary.Warnings {
		w.Warn("dataset %q: %s", t, warning)
	}
	return storages.Sum{Units: summary.Items, Bytes: summary.Bytes}, w.Job.Give(ctx, seal.Receipt(t.Path))
}

// unitPrinter is what writes a unit, in the plan's columns, and what it asks for.
func (w *Worker) unitPrinter(u Unit, t destination.Target) (items.Printer, api.ItemsOptions, error) {
	asked := w.Job.Options.Items(u)
	asked.Concurrency, asked.PageSize = w.Asked.Concurrency, w.Asked.PageSize
	printer, asked, err := w.Printer(t.Path, asked)
	if err != nil {
		return nil, asked, err
	}
	o := printer.Options()
	o.Parquet.Schema, o.Parquet.Exact = w.schema, true
	if printer.Format().Columns {
		o.Exact = w.Job.Columns
	}
	return printer, asked, nil
}
