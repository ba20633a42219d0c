package datasets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/dedupe"
	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/export/recent"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/transfer"
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
	printer, items, err := e.printer(to.Example())
	if err != nil {
		return err
	}
	if e.options.follow {
		return checkFollow(printer, items, e.options.resume)
	}
	return nil
}

// printer is what writes one dataset, and what it has to ask for.
func (e *exporter) printer(path string) (*app.Printer, api.ItemsOptions, error) {
	items := e.options.items
	printer, err := e.App.Printer(e.Print.To(path))
	if err != nil {
		return nil, items, err
	}
	if err := e.options.look.apply(printer.Format(), printer.Options()); err != nil {
		return nil, items, err
	}
	pickFields(printer, &items, e.options.merge.source, slices.Concat(e.options.dedupe.by, e.options.recent.besides()))
	return printer, items, nil
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
	summary, err := e.export(ctx, t, newTally(progress))
	progress.Done()
	if err != nil {
		return err
	}
	e.warn(t, summary)
	if t.Path != "" || e.App.Streams.ErrTerminal && !printer.OnTerminal() {
		note := fmt.Sprintf("%s, %s", summary.note(), time.Since(start).Round(10*time.Millisecond))
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

func (e *exporter) warn(t fmt.Stringer, summary written) {
	for _, warning := range summary.all() {
		e.App.Streams.Warnf("dataset %q: %s", t, warning)
	}
}

// export writes one dataset.
func (e *exporter) export(ctx context.Context, t destination.Target, seen *tally) (written, error) {
	printer, items, err := e.printer(t.Path)
	if err != nil {
		return written{}, err
	}
	if err := e.describe(ctx, t.Ref, printer); err != nil {
		return written{}, transfer.Failed(api.KindDataset, t, err)
	}
	pages := e.Client.Datasets().Pages(ctx, t.Ref, items)
	var kept *transfer.Kept
	if e.options.resume {
		beside, err := e.App.KeptBeside(t.Path)
		if err == nil {
			kept, err = transfer.Keep(ctx, e.Client.Datasets(), t.Ref, beside, items)
		}
		if err != nil {
			return written{}, transfer.Failed(api.KindDataset, t, err)
		}
		if behind := kept.Behind(); behind > 0 {
			e.App.Streams.Notef("going on behind item %d", behind)
		}
		pages = kept.Pages(func(items api.ItemsOptions) iter.Seq2[api.Page, error] {
			return e.Client.Datasets().Pages(ctx, t.Ref, items)
		})
	}
	counted := seen.watch(pages, items.Limit)
	summary, err := e.write(ctx, printer, counted.lent(e.Client.Datasets()), counted.forget)
	if kept != nil {
		err = kept.Close(err)
	}
	if err == nil {
		warnUnseen(ctx, e.Scope, printer, t.Ref, t)
	}
	return summary, transfer.Failed(api.KindDataset, t, err)
}

// write writes pages. They may be taken a second time, before which forget is
// called.
func (e *exporter) write(ctx context.Context, printer *app.Printer, pages export.Pages, forget func()) (written, error) {
	recent := e.options.recent.apply(&pages)
	filter := e.options.dedupe.apply(printer, &pages, e.options.merge.source)
	summary, err := printer.Pages(ctx, pages)
	if errors.Is(err, flatten.ErrNestedField) && printer.Path() != "" {
		// The header is written already, but nobody has seen the file yet.
		forget()
		printer.Options().TwoPass = true
		summary, err = printer.Pages(ctx, pages)
	}
	return written{summary, filter, recent}, nestedHint(err, ", or write to a file: there all columns are found first")
}

// written is what an export has written, and left out.
type written struct {
	export.Summary
	filter *dedupe.Filter // nil where duplicates stay
	recent *recent.Filter // nil where old items stay
}

func (w written) sum() storage.Sum {
	sum := storage.Sum{Units: w.Items, Bytes: w.Bytes}
	if w.filter != nil {
		sum.Duplicates = w.filter.Duplicates
	}
	if w.recent != nil {
		sum.Older = w.recent.Older
	}
	return sum
}

// note says how much it is.
func (w written) note() string { return w.sum().Tell("item", "items") }

// nestedHint says what to do about a column that was written before it was known
// to need several.
func nestedHint(err error, other string) error {
	nested, ok := errors.AsType[*flatten.NestedFieldError](err)
	if !ok {
		return err
	}
	return failure.WithHint(err, fmt.Sprintf("name the columns below it with --fields, such as %s/0%s", nested.Field, other))
}

// describe fills in what formats say of the dataset.
func (e *exporter) describe(ctx context.Context, ref api.Ref, printer *app.Printer) error {
	switch printer.Format().Name {
	case "rss":
		return e.nameFeed(ctx, ref, printer.Options())
	case "parquet":
		dataset, err := e.Client.Datasets().Get(ctx, ref)
		if err != nil {
			return err
		}
		printer.Options().Parquet.Dataset, printer.Options().Parquet.Offset = dataset.ID, e.options.items.Offset
	}
	return nil
}

// nameFeed fills in what a feed says of itself, as the platform does.
func (e *exporter) nameFeed(ctx context.Context, ref api.Ref, o *export.Options) error {
	dataset, err := e.Client.Datasets().Get(ctx, ref)
	if err != nil {
		return err
	}
	if o.FeedTitle == "" {
		o.FeedTitle = "Dataset " + cmp.Or(dataset.Name, dataset.ID)
	}
	if o.FeedDescription == "" {
		o.FeedDescription = fmt.Sprintf("Items in dataset with id %q.", dataset.ID)
	}
	if !e.App.IsLocal() {
		o.FeedLink = cmp.Or(dataset.ConsoleURL, "https://console.apify.com/storage/datasets/"+dataset.ID)
	}
	return nil
}
