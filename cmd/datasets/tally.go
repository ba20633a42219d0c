package datasets

import (
	"iter"
	"sync"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/output"
)

// tally adds up several exports on one display.
type tally struct {
	progress *output.Progress
	mutex    sync.Mutex
	total    int64
}

func newTally(progress *output.Progress) *tally { return &tally{progress: progress} }

func (t *tally) expect(more int64) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.total += more
	t.progress.SetTotal(t.total)
}

// watch counts pages as they pass by.
func (t *tally) watch(pages iter.Seq2[api.Page, error], limit int64) *watched {
	return &watched{tally: t, source: pages, limit: limit}
}

// watched is one export's part in a tally.
type watched struct {
	tally    *tally
	source   iter.Seq2[api.Page, error]
	limit    int64
	expected int64
	items    int64
	bytes    int64
	total    int64 // of the dataset, whatever was asked for
}

func (w *watched) pages(yield func([]byte, error) bool) {
	for page, err := range w.source {
		if err != nil {
			yield(nil, err)
			return
		}
		w.total = page.Total
		if expected := expected(page, w.limit); expected != w.expected {
			w.tally.expect(expected - w.expected)
			w.expected = expected
		}
		count, size := int64(page.Count), int64(len(page.Data)) // the page is given away
		if !yield(page.Data, nil) {
			return
		}
		w.tally.progress.Add(count, size)
		w.items += count
		w.bytes += size
	}
}

// lent are the pages with the memory that the client lends them.
func (w *watched) lent(datasets api.Datasets) export.Pages {
	return export.Pages{All: w.pages, Release: datasets.Reuse, Drained: datasets.Forget}
}

// forget takes back what was counted, before all of it comes again.
func (w *watched) forget() {
	w.tally.expect(-w.expected)
	w.tally.progress.Add(-w.items, -w.bytes)
	w.expected, w.items, w.bytes = 0, 0, 0
}
