package items

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/source"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Merged are the items of several datasets, one dataset behind the other.
type Merged struct {
	*Exporter
	Targets []destination.Target
	Asked   api.ItemsOptions
	Tally   *Tally
	First   []int64 // of each dataset, the first item; nil: that of Asked
	Next    []int64 // of each dataset, the item behind the last one; nil: nobody wants to know

	expected, counted int64
	bytes             int64
}

// Write writes them.
func (m *Merged) Write(ctx context.Context, printer Printer) (Written, error) {
	return m.write(ctx, printer, m.pages(ctx), m.forget)
}

func (m *Merged) pages(ctx context.Context) export.Pages {
	datasets := m.Client.Datasets()
	return export.Pages{All: m.all(ctx), Release: datasets.Reuse, Drained: datasets.Forget}
}

func (m *Merged) parts() []api.Part {
	parts := make([]api.Part, len(m.Targets))
	for i, t := range m.Targets {
		parts[i] = api.Part{Ref: t.Ref, Offset: m.begin(i), Count: t.Count}
	}
	return parts
}

// begin is the first item of a dataset.
func (m *Merged) begin(i int) int64 {
	if m.First != nil {
		return m.First[i]
	}
	return m.Asked.Offset
}

// all yields the pages of all datasets, each item with its source where that is
// asked for.
func (m *Merged) all(ctx context.Context) iter.Seq2[[]byte, error] {
	datasets := m.Client.Datasets()
	return func(yield func([]byte, error) bool) {
		m.expect()
		column := source.Column{Name: m.Source}
		for page, err := range datasets.PagesOfMany(ctx, m.parts(), m.Asked) {
			t := m.Targets[page.Part]
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
			if m.Next != nil {
				m.Next[page.Part] = page.Next
			}
			m.Tally.progress.Add(count, size)
			m.counted += count
			m.bytes += size
		}
	}
}

func (m *Merged) expect() {
	var total int64
	for i, t := range m.Targets {
		left := max(0, t.Count-m.begin(i))
		if m.Asked.Limit > 0 {
			left = min(left, m.Asked.Limit)
		}
		total += left
	}
	m.Tally.expect(total - m.expected)
	m.expected = total
}

// forget takes back what was counted, before all of it comes again.
func (m *Merged) forget() {
	m.Tally.progress.Add(-m.counted, -m.bytes)
	m.counted, m.bytes = 0, 0
}

// taken says what to do about items that have a field of the column's name.
func taken(err error, column string) error {
	if errors.Is(err, source.ErrTaken) {
		return failure.WithHint(err, fmt.Sprintf("choose another name: --source-column=%s_name", column))
	}
	return err
}
