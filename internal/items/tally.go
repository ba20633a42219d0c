package items

import (
	"iter"
	"sync"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/output"
)

// Tally adds up several exports on one display.
type Tally struct {
	progress *output.Progress
	mutex    sync.Mutex
	total    int64
}

// NewTally adds up on this display.
func NewTally(progress *output.Progress) *Tally { return &Tally{progress: progress} }

func (t *Tally) expect(more int64) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.total += more
	t.progress.SetTotal(t.total)
}

// Watch counts pages as they pass by.
func (t *Tally) Watch(pages iter.Seq2[api.Page, error], limit int64) *Watched {
	return &Watched{tally: t, source: pages, limit: limit}
}

// Watched is one export's part in a tally.
type Watched struct {
	tally    *Tally
	source   iter.Seq2[api.Page, error]
	limit    int64
	expected int64
	bytes    int64

	Items int64 // that passed by
	Total int64 // of the dataset, whatever was asked for
}

// Pages are the pages without what the API says of them.
func (w *Watched) Pages(yield func([]byte, error) bool) {
	for page, err := range w.source {
		if err != nil {
			yield(nil, err)
			return
		}
		w.Total = page.Total
		if expected := expected(page, w.limit); expected != w.expected {
			w.tally.expect(expected - w.expected)
			w.expected = expected
		}
		count, size := int64(page.Count), int64(len(page.Data)) // the page is given away
		if !yield(page.Data, nil) {
			return
		}
		w.tally.progress.Add(count, size)
		w.Items += count
		w.bytes += size
	}
}

// Lent are the pages with the memory that the client lends them.
func (w *Watched) Lent(datasets api.Datasets) export.Pages {
	return export.Pages{All: w.Pages, Release: datasets.Reuse, Drained: datasets.Forget}
}

// Forget takes back what was counted, before all of it comes again.
func (w *Watched) Forget() {
	w.tally.expect(-w.expected)
	w.tally.progress.Add(-w.Items, -w.bytes)
	w.expected, w.Items, w.bytes = 0, 0, 0
}

// expected is how many items there will be, as far as one page can tell.
func expected(page api.Page, limit int64) int64 {
	if limit > 0 {
		return min(limit, page.Total)
	}
	return page.Total
}
