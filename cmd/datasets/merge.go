package datasets

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/source"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
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
	printer, items, err := e.printer(path)
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
	m := &merging{exporter: e, targets: targets, items: items, tally: newTally(progress)}
	summary, err := e.write(ctx, printer, m.pages(ctx), m.forget)
	progress.Done()
	if err != nil {
		return err
	}
	for _, warning := range append(summary.all(), unseen(ctx, e.Scope, printer, targets[0].Ref)...) {
		e.App.Streams.Warnf("%s: %s", datasets, warning)
	}
	if path != "" || e.App.Streams.ErrTerminal && !printer.OnTerminal() {
		note := fmt.Sprintf("%s, %s, %s", datasets, summary.note(), time.Since(start).Round(10*time.Millisecond))
		if path != "" {
			note += ": " + path
		}
		e.App.Streams.Notef("%s", note)
	}
	return nil
}

// merging are the pages of several datasets.
type merging struct {
	*exporter
	targets []destination.Target
	items   api.ItemsOptions
	tally   *tally
	first   []int64 // of each dataset, the first item; nil: that of items
	next    []int64 // of each dataset, the item behind the last one; nil: nobody wants to know

	expected, counted int64
	bytes             int64
}

func (m *merging) pages(ctx context.Context) export.Pages {
	datasets := m.Client.Datasets()
	return export.Pages{All: m.all(ctx), Release: datasets.Reuse, Drained: datasets.Forget}
}

func (m *merging) parts() []api.Part {
	parts := make([]api.Part, len(m.targets))
	for i, t := range m.targets {
		parts[i] = api.Part{Ref: t.Ref, Offset: m.begin(i), Count: t.Count}
	}
	return parts
}

// begin is the first item of a dataset.
func (m *merging) begin(i int) int64 {
	if m.first != nil {
		return m.first[i]
	}
	return m.items.Offset
}

// all yields the pages of all datasets, each item with its source where that is
// asked for.
func (m *merging) all(ctx context.Context) iter.Seq2[[]byte, error] {
	datasets := m.Client.Datasets()
	return func(yield func([]byte, error) bool) {
		m.expect()
		column := source.Column{Name: m.options.merge.source}
		for page, err := range datasets.PagesOfMany(ctx, m.parts(), m.items) {
			t := m.targets[page.Part]
			data := page.Data
			if err == nil && column.Name != "" {
				if data, err = column.Add(data, t.Label()); err == nil {
					datasets.Reuse(page.Data)
				}
			}
			if err != nil {
				yield(nil, transfer.Failed(api.KindDataset, t, taken(err, column.Name)))
				return
			}
			count, size := int64(page.Count), int64(len(page.Data))
			if !yield(data, nil) {
				return
			}
			if m.next != nil {
				m.next[page.Part] = page.Next
			}
			m.tally.progress.Add(count, size)
			m.counted += count
			m.bytes += size
		}
	}
}

func (m *merging) expect() {
	var total int64
	for i, t := range m.targets {
		left := max(0, t.Count-m.begin(i))
		if m.items.Limit > 0 {
			left = min(left, m.items.Limit)
		}
		total += left
	}
	m.tally.expect(total - m.expected)
	m.expected = total
}

// forget takes back what was counted, before all of it comes again.
func (m *merging) forget() {
	m.tally.progress.Add(-m.counted, -m.bytes)
	m.counted, m.bytes = 0, 0
}

// taken says what to do about items that have a field of the column's name.
func taken(err error, column string) error {
	if errors.Is(err, source.ErrTaken) {
		return failure.WithHint(err, fmt.Sprintf("choose another name: --source-column=%s_name", column))
	}
	return err
}
