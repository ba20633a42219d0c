package items

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Printer writes items in one format to one place.
type Printer interface {
	Format() export.Format
	Options() *export.Options // may be changed before the first page is written
	Path() string             // "" is stdout
	// Pages writes.
	Pages(ctx context.Context, pages export.Pages) (export.Summary, error)
	// Survey finds what columns and types there are to be, instead of writing.
	Survey(ctx context.Context, pages export.Pages) (*export.Survey, error)
	// Through says what pages go through when they were reduced to fields.
	Through(stage func(iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error])
	// Watch has a sink around that of the output see the bytes as they are stored.
	Watch(around func(sink.Sink) sink.Sink)
	// Into has another sink than that of the path be made.
	Into(create func() (sink.Sink, error))
	// Unseen are sentences about fields that were asked for and never occurred.
	Unseen(others func() []string) []string
}

// Exporter writes datasets.
type Exporter struct {
	Client   *api.Client
	Asked    api.ItemsOptions
	LeaveOut LeaveOut
	Source   string // the field of merged items that has the name of their dataset; "": none

	// Printer makes what writes to a path, and says what to ask the API for.
	Printer func(path string, asked api.ItemsOptions) (Printer, api.ItemsOptions, error)
	// KeptBeside is the path beside which what an export fetches is kept, to go on with
	// where it breaks off; nil: nothing is kept.
	KeptBeside func(path string) (string, error)
	Local      func() bool // it is a directory's datasets that are written
	Note, Warn func(format string, args ...any)
}

// Export writes one dataset to its place.
func (e *Exporter) Export(ctx context.Context, t destination.Target, seen *Tally) (Written, error) {
	printer, asked, err := e.Printer(t.Path, e.Asked)
	if err != nil {
		return Written{}, err
	}
	if err := e.describe(ctx, t.Ref, printer); err != nil {
		return Written{}, transfer.Failed(api.KindDataset, t, err)
	}
	pages := e.Client.Datasets().Pages(ctx, t.Ref, asked)
	var kept *transfer.Kept
	if e.KeptBeside != nil {
		beside, err := e.KeptBeside(t.Path)
		if err == nil {
			kept, err = transfer.Keep(ctx, e.Client.Datasets(), t.Ref, beside, asked)
		}
		if err != nil {
			return Written{}, transfer.Failed(api.KindDataset, t, err)
		}
		if behind := kept.Behind(); behind > 0 {
			e.Note("going on behind item %d", behind)
		}
		pages = kept.Pages(func(items api.ItemsOptions) iter.Seq2[api.Page, error] {
			return e.Client.Datasets().Pages(ctx, t.Ref, items)
		})
	}
	counted := seen.Watch(pages, asked.Limit)
	summary, err := e.write(ctx, printer, counted.Lent(e.Client.Datasets()), counted.Forget)
	if kept != nil {
		err = kept.Close(err)
	}
	return summary, transfer.Failed(api.KindDataset, t, err)
}

// write writes pages. They may be taken a second time, before which forget is
// called.
func (e *Exporter) write(ctx context.Context, printer Printer, pages export.Pages, forget func()) (Written, error) {
	recent := e.LeaveOut.old(&pages)
	filter := e.LeaveOut.duplicates(printer, &pages, e.Source)
	summary, err := printer.Pages(ctx, pages)
	if errors.Is(err, flatten.ErrNestedField) && printer.Path() != "" {
		// The header is written already, but nobody has seen the file yet.
		forget()
		printer.Options().TwoPass = true
		summary, err = printer.Pages(ctx, pages)
	}
	return Written{summary, printer, filter, recent}, NestedHint(err, ", or write to a file: there all columns are found first")
}

// NestedHint says what to do about a column that was written before it was known
// to need several; other is what else helps.
func NestedHint(err error, other string) error {
	nested, ok := errors.AsType[*flatten.NestedFieldError](err)
	if !ok {
		return err
	}
	return failure.WithHint(err, fmt.Sprintf("name the columns below it with --fields, such as %s/0%s", nested.Field, other))
}

// describe fills in what formats say of the dataset.
func (e *Exporter) describe(ctx context.Context, ref api.Ref, printer Printer) error {
	name := printer.Format().Name
	if name != "rss" && name != "parquet" {
		return nil
	}
	dataset, err := e.Client.Datasets().Get(ctx, ref)
	if err != nil {
		return err
	}
	if name == "rss" {
		e.NameFeed(dataset, printer.Options())
		return nil
	}
	printer.Options().Parquet.Dataset, printer.Options().Parquet.Offset = dataset.ID, e.Asked.Offset
	return nil
}

// NameFeed fills in what a feed says of itself, as the platform does.
func (e *Exporter) NameFeed(dataset *api.Dataset, o *export.Options) {
	o.FeedTitle = cmp.Or(o.FeedTitle, "Dataset "+cmp.Or(dataset.Name, dataset.ID))
	o.FeedDescription = cmp.Or(o.FeedDescription, fmt.Sprintf("Items in dataset with id %q.", dataset.ID))
	if !e.Local() {
		o.FeedLink = cmp.Or(dataset.ConsoleURL, "https://console.apify.com/storage/datasets/"+dataset.ID)
	}
}
