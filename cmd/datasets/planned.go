package datasets

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/bulk"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/storages"
)

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
	if e.options.items.Concurrency == 0 {
		e.options.items.Concurrency = requestsEach
	}
	printer, _, err := e.printer(to.Example())
	if err != nil {
		return err
	}
	w := &bulk.Worker{Exporter: e.job(), Job: job, Tell: e.App.Tell}
	if err := w.Prepare(printer.Format()); err != nil {
		return planError(err)
	}
	state, err := job.Look(ctx, shard)
	if err != nil {
		return fmt.Errorf("receipts of the plan: %w", err)
	}
	units, targets, err := w.Todo(state, to)
	if err != nil {
		return err
	}
	start := time.Now()
	progress := e.App.StartProgress(output.Plural(int64(len(units)), "unit", "units"), "items", 0)
	done, err := w.Run(ctx, units, targets, progress)
	progress.Done()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	tellPlanned(e.App, job, shard, state, done, w.Grown(), time.Since(start))
	return err
}

func tellPlanned(a *app.App, job *bulk.Job, shard int, state bulk.State, done storages.Sum, grown int64, took time.Duration) {
	name := "the whole plan"
	if shard >= 0 {
		name = fmt.Sprintf("shard %d of %d", shard, job.Shards)
	}
	note := name + ": " + done.Tell("item", "items")
	if before := len(state.Done); before > 0 {
		note += fmt.Sprintf(", %s done before", output.Plural(int64(before), "unit", "units"))
	}
	a.Streams.Notef("%s, %s", note, took.Round(10*time.Millisecond))
	if grown > 0 {
		a.Streams.Notef("%s grown since the plan was made: what was planned is taken", output.Plural(grown, "unit's dataset has", "units' datasets have"))
	}
}
