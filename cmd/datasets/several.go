package datasets

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
)

const (
	// atOnce is how many datasets are exported at the same time. Each has a few
	// pages in memory.
	atOnce = 4
	// requestsEach is how many requests each of them has under way, unless the
	// user says otherwise.
	requestsEach = 2
)

// several exports any number of datasets. One that fails does not stop the
// others; the failures are told at the end.
func (e *exporter) several(ctx context.Context, to destination) error {
	targets, failures, err := e.targets(ctx)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		e.app.Streams.Notef("no dataset matches; nothing is exported")
		return nil
	}
	var found []target
	for i, t := range targets {
		if failures[i] == nil {
			found = append(found, t)
		}
	}
	missing := len(targets) - len(found)
	found = once(found)
	if err := to.place(found); err != nil {
		return err
	}
	if e.options.items.Concurrency == 0 {
		e.options.items.Concurrency = requestsEach
	}
	start := time.Now()
	done, exported := e.exportAll(ctx, found)
	if err := ctx.Err(); err != nil {
		return err
	}
	failed := 0
	for _, err := range append(failures, exported...) {
		if err != nil {
			failed++
			e.app.Streams.Warnf("%v", err)
			if hint := app.Hint(err); hint != "" {
				e.app.Streams.Notef("hint: %s", hint)
			}
		}
	}
	asked := len(found) + missing
	e.app.Streams.Notef("%s, %s, %s, %s", output.Plural(int64(asked-failed), "dataset", "datasets"),
		output.Plural(done.items, "item", "items"), output.Bytes(done.bytes), time.Since(start).Round(10*time.Millisecond))
	if failed > 0 {
		return &app.PartialError{Failed: failed, Total: asked, Noun: "datasets"}
	}
	return nil
}

type done struct{ items, bytes int64 }

func (e *exporter) exportAll(ctx context.Context, targets []target) (done, []error) {
	progress := e.app.StartProgress(output.Plural(int64(len(targets)), "dataset", "datasets"), "items", 0)
	defer progress.Done()
	seen := newTally(progress)
	failures := make([]error, len(targets))
	sums := make([]done, len(targets))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, t := range targets {
		group.Go(func() error {
			summary, err := e.export(ctx, t, seen)
			failures[i] = err
			if err == nil {
				sums[i] = done{summary.Items, summary.Bytes}
				e.warn(t, summary)
			}
			return nil
		})
	}
	_ = group.Wait() // the failures are kept above
	var total done
	for _, sum := range sums {
		total.items += sum.items
		total.bytes += sum.bytes
	}
	return total, failures
}

// targets are the datasets that were named or selected. The failures are those
// of single datasets.
func (e *exporter) targets(ctx context.Context) ([]target, []error, error) {
	if !e.options.selection.Given() {
		targets, failures := e.look(ctx, e.options.refs)
		return targets, failures, ctx.Err()
	}
	var targets []target
	for dataset, err := range resource().Select(ctx, e.client, e.options.selection, false) {
		if err != nil {
			return nil, nil, err
		}
		ref, err := api.ParseRef(api.KindDataset, dataset.ID)
		if err != nil {
			return nil, nil, fmt.Errorf("the ID of a listed dataset: %w", err)
		}
		targets = append(targets, target{ref: ref, label: cmp.Or(dataset.Name, dataset.ID), name: dataset.Name, id: dataset.ID})
	}
	return targets, make([]error, len(targets)), nil
}

// look finds out the names and IDs of datasets.
func (e *exporter) look(ctx context.Context, refs []api.Ref) ([]target, []error) {
	targets, failures := make([]target, len(refs)), make([]error, len(refs))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, ref := range refs {
		group.Go(func() error {
			targets[i].ref = ref
			dataset, err := e.client.Datasets().Get(ctx, ref)
			if err == nil {
				targets[i].name, targets[i].id = dataset.Name, dataset.ID
			}
			failures[i] = storage.Failed(api.KindDataset, ref, err)
			return nil
		})
	}
	_ = group.Wait() // the failures are kept above
	return targets, failures
}
