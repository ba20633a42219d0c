package datasets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// exporter writes datasets as the flags have it.
type exporter struct {
	app     *app.App
	client  *api.Client
	options exportOptions
}

// check finds out what is wrong with the flags before the first request.
func (e *exporter) check(to storage.Destination) error {
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
	printer, err := e.app.Printer(app.PrintFlags{Format: e.options.print.Format, Output: path})
	if err != nil {
		return nil, items, err
	}
	if err := e.options.look.apply(printer.Format(), printer.Options()); err != nil {
		return nil, items, err
	}
	printer.Options().Fields = columns(printer.Format(), &items)
	if e.client != nil { // which it is not where flags are only checked
		printer.Options().Release = e.client.Datasets().Reuse
		printer.Options().Drained = e.client.Datasets().Forget
	}
	return printer, items, nil
}

// only exports the only dataset that was asked for.
func (e *exporter) only(ctx context.Context, t storage.Target) error {
	printer, _, err := e.printer(t.Path)
	if err != nil {
		return err
	}
	progress := e.app.StartProgress(t.Ref.String(), "items", 0)
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
	if t.Path != "" || e.app.Streams.ErrTerminal && !printer.OnTerminal() {
		e.app.Streams.Notef("%s, %s, %s", output.Plural(summary.Items, "item", "items"), output.Bytes(summary.Bytes), time.Since(start).Round(10*time.Millisecond))
	}
	return nil
}

// intoFolder exports one dataset to a file that is named after it.
func (e *exporter) intoFolder(ctx context.Context, to storage.Destination) error {
	targets, failures := resource().Look(ctx, e.client, e.options.refs)
	if failures[0] != nil {
		return failures[0]
	}
	if err := to.Place(targets); err != nil {
		return err
	}
	return e.only(ctx, targets[0])
}

func (e *exporter) warn(t storage.Target, summary export.Summary) {
	for _, warning := range summary.Warnings {
		e.app.Streams.Warnf("dataset %q: %s", t, warning)
	}
}

// export writes one dataset.
func (e *exporter) export(ctx context.Context, t storage.Target, seen *tally) (export.Summary, error) {
	printer, items, err := e.printer(t.Path)
	if err != nil {
		return export.Summary{}, err
	}
	if printer.Format().Name == "rss" {
		if err := e.nameFeed(ctx, t.Ref, printer.Options()); err != nil {
			return export.Summary{}, transfer.Failed(api.KindDataset, t, err)
		}
	}
	pages := e.client.Datasets().Pages(ctx, t.Ref, items)
	var kept *transfer.Kept
	if e.options.resume {
		if kept, err = transfer.Keep(ctx, e.client.Datasets(), t.Ref, t.Path, items); err != nil {
			return export.Summary{}, transfer.Failed(api.KindDataset, t, err)
		}
		if behind := kept.Behind(); behind > 0 {
			e.app.Streams.Notef("going on behind item %d", behind)
		}
		pages = kept.Pages(func(items api.ItemsOptions) iter.Seq2[api.Page, error] {
			return e.client.Datasets().Pages(ctx, t.Ref, items)
		})
	}
	counted := seen.watch(pages, items.Limit)
	summary, err := printer.Pages(ctx, counted.pages)
	if errors.Is(err, export.ErrNestedField) && t.Path != "" {
		// The header is written already, but nobody has seen the file yet.
		counted.forget()
		printer.Options().TwoPass = true
		summary, err = printer.Pages(ctx, counted.pages)
	}
	if kept != nil {
		err = kept.Close(err)
	}
	return summary, nestedHint(transfer.Failed(api.KindDataset, t, err), ", or write to a file: there all columns are found first")
}

// nestedHint says what to do about a column that was written before it was known
// to need several.
func nestedHint(err error, other string) error {
	nested, ok := errors.AsType[*export.NestedFieldError](err)
	if !ok {
		return err
	}
	return app.WithHint(err, fmt.Sprintf("name the columns below it with --fields, such as %s/0%s", nested.Field, other))
}

// nameFeed fills in what a feed says of itself, as the platform does.
func (e *exporter) nameFeed(ctx context.Context, ref api.Ref, o *export.Options) error {
	dataset, err := e.client.Datasets().Get(ctx, ref)
	if err != nil {
		return err
	}
	if o.FeedTitle == "" {
		o.FeedTitle = "Dataset " + cmp.Or(dataset.Name, dataset.ID)
	}
	if o.FeedDescription == "" {
		o.FeedDescription = fmt.Sprintf("Items in dataset with id %q.", dataset.ID)
	}
	if !e.app.IsLocal() {
		o.FeedLink = cmp.Or(dataset.ConsoleURL, "https://console.apify.com/storage/datasets/"+dataset.ID)
	}
	return nil
}
