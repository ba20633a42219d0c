package datasets

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
)

// exporter writes datasets as the flags have it.
type exporter struct {
	*verb.Scope
	options exportOptions
}

// check finds out what is wrong with the flags before the first request.
func (e *exporter) check(to destination.Destination) error {
	switch o := e.options; {
	case e.Several() && !to.Many() && !o.merge.on:
		return failure.WithHint(failure.Usagef("several datasets need a place for each"), `-o DIR/ or -o "DIR/{name}.csv" makes one file a dataset, --merge one of all`)
	case o.resume && !to.IsFile():
		return failure.Usagef("--resume needs a file: give one with --output")
	case o.follow && (e.Several() || to.Many()):
		return failure.Usagef("--follow goes with one dataset and one file or stdout")
	}
	if err := cmp.Or(e.options.merge.check(to, e.options), e.options.dedupe.check(e.options), e.options.recent.check(e.options), e.options.since.check(e, to)); err != nil {
		return err
	}
	printer, asked, err := e.printer(to.Example())
	if err != nil {
		return err
	}
	if e.options.follow {
		return checkFollow(printer, asked, e.options.resume)
	}
	return nil
}

// printer is what writes one dataset, and what it has to ask for.
func (e *exporter) printer(path string) (*app.Printer, api.ItemsOptions, error) {
	return e.printerFor(path, e.options.items)
}

func (e *exporter) printerFor(path string, asked api.ItemsOptions) (*app.Printer, api.ItemsOptions, error) {
	printer, err := e.App.Printer(e.Print.To(path))
	if err != nil {
		return nil, asked, err
	}
	if err := e.options.look.apply(printer.Format(), printer.Options()); err != nil {
		return nil, asked, err
	}
	pickFields(printer, &asked, e.options.merge.source, slices.Concat(e.options.dedupe.by, e.options.recent.besides()))
	return printer, asked, nil
}

// job is what exports as the flags have it.
func (e *exporter) job() *items.Exporter {
	o := e.options
	job := &items.Exporter{
		Client: e.Client, Asked: o.items, Source: o.merge.source, Local: e.App.IsLocal, Note: e.App.Streams.Notef, Warn: e.App.Streams.Warnf,
		LeaveOut: items.LeaveOut{
			Duplicates: o.dedupe.whole, By: o.dedupe.by, KeepLast: o.dedupe.keep == keepLast, Age: o.recent.span.Duration(), TimeField: o.recent.field,
		},
		Printer: func(path string, asked api.ItemsOptions) (items.Printer, api.ItemsOptions, error) {
			return e.printerFor(path, asked)
		},
	}
	if o.resume {
		job.KeptBeside = e.App.KeptBeside
	}
	return job
}

// only exports the only dataset that was asked for.
func (e *exporter) only(ctx context.Context, t destination.Target) error {
	printer, _, err := e.printer(t.Path)
	if err != nil {
		return err
	}
	progress := e.App.StartProgress(t.Ref.String(), "items", 0)
	defer progress.Done()
	if printer.OnTerminal() {
		progress.Done() // the output is all there is to see
	}
	start := time.Now()
	summary, err := e.job().Export(ctx, t, items.NewTally(progress))
	progress.Done()
	if err != nil {
		return err
	}
	e.warn(ctx, t, summary)
	if t.Path != "" || e.App.Streams.ErrTerminal && !printer.OnTerminal() {
		note := fmt.Sprintf("%s, %s", summary.Sum().Tell("item", "items"), time.Since(start).Round(10*time.Millisecond))
		if t.Path != "" {
			note += ": " + t.Path
		}
		e.App.Streams.Notef("%s", note)
	}
	return nil
}

// intoFolder exports one dataset to a file that is named after it.
func (e *exporter) intoFolder(ctx context.Context, to destination.Destination) error {
	target, err := storage.Datasets().Target(ctx, e.Scope)
	if err != nil {
		return err
	}
	targets := []destination.Target{target}
	if err := to.Place(targets); err != nil {
		return err
	}
	if kept, err := e.App.Kept(ctx, e.Print, targets[0].Path); err != nil || kept {
		return err
	}
	return e.only(ctx, targets[0])
}

func (e *exporter) warn(ctx context.Context, t destination.Target, summary items.Written) {
	for _, warning := range append(unseen(ctx, e.Scope, summary.Printer, t.Ref), summary.Warnings()...) {
		e.App.Streams.Warnf("dataset %q: %s", t, warning)
	}
}
