package api

import (
	"context"
	"errors"
	"iter"
)

// Part is a dataset among several that are read one behind the other.
type Part struct {
	Ref    Ref
	Offset int64 // where to begin, instead of at that of the options
	Count  int64 // stored items, as far as is known; 0 for no idea
}

// PartPage is a page of one of several datasets.
type PartPage struct {
	Page
	Part int // the dataset's index
}

const (
	// manyRequests is how many requests several datasets have under way together. The
	// rate limit counts for each of them, so it is latency that this hides; with 50 ms
	// they are 2,560 a second, of the 4,166 that an account has.
	manyRequests = 128
	// aheadBytes is what of datasets waits for its turn, as it came.
	aheadBytes = 24 << 20
	// aheadLeast is what of each dataset may wait at least.
	aheadLeast = 512 << 10
)

// PagesOfMany yields the items of several datasets, one dataset behind the other.
// Of those that come next, the first pages are fetched ahead, as many as fit into
// memory. It stops at the first error, whose dataset is that of the page. A dataset
// without items has no page.
func (d Datasets) PagesOfMany(ctx context.Context, parts []Part, o ItemsOptions) iter.Seq2[PartPage, error] {
	return func(yield func(PartPage, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		m := &many{datasets: d, parts: parts, options: o, requests: d.tokens(o.Concurrency, manyRequests)}
		defer m.wait()
		defer cancel()
		m.run(ctx, yield)
	}
}

// many reads several datasets.
type many struct {
	datasets Datasets
	parts    []Part
	options  ItemsOptions
	requests chan struct{}
	reading  []*reading // the first one is the one whose turn it is
	started  int
	mean     float64 // bytes of a first page as it came, of the latest
	perItem  float64 // bytes of an item, of the latest
}

// reading is a dataset that is being read.
type reading struct {
	fetcher *fetcher
	gate    chan struct{}
	pages   chan fetched
	ended   chan struct{}
}

func (m *many) run(ctx context.Context, yield func(PartPage, error) bool) {
	for m.started < len(m.parts) || len(m.reading) > 0 {
		for m.started < len(m.parts) && len(m.reading) < m.ahead() {
			m.start(ctx)
		}
		head := m.reading[0]
		close(head.gate)
		first := true
		part := m.started - len(m.reading)
		for next := range head.pages {
			if first && next.err == nil {
				m.learn(next.page)
			}
			first = false
			if !yield(PartPage{next.page, part}, next.err) || next.err != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(PartPage{Part: part}, err)
			return
		}
		m.reading = m.reading[1:]
	}
}

// ahead is how many datasets are read at the same time.
func (m *many) ahead() int {
	if m.mean == 0 {
		return min(cap(m.requests), fewRequests)
	}
	return max(1, min(cap(m.requests), int(aheadBytes/m.mean)))
}

func (m *many) learn(page Page) {
	if m.mean == 0 {
		m.mean = float64(page.wire)
	}
	m.mean = max(1, m.mean+(float64(page.wire)-m.mean)/8)
	if page.Count > 0 {
		m.perItem = max(m.perItem*7/8, float64(len(page.Data))/float64(page.Count))
	}
}

// whole tells that a dataset of so many items fits into one page.
func (m *many) whole(items int64) bool {
	return items <= firstPage || m.perItem > 0 && float64(items)*m.perItem <= pageBytes
}

func (m *many) start(ctx context.Context) {
	part := m.parts[m.started]
	m.started++
	o := m.options
	o.Offset = part.Offset
	o.Concurrency = min(cap(m.requests), defaultConcurrency)
	r := &reading{gate: make(chan struct{}), pages: make(chan fetched), ended: make(chan struct{})}
	r.fetcher = newFetcher(m.datasets, part.Ref, o, m.requests)
	r.fetcher.gate = r.gate
	r.fetcher.aheadMost = max(aheadLeast, int(2*m.mean))
	if left := max(0, part.Count-part.Offset); part.Count > 0 && o.PageSize == 0 && m.whole(left) {
		// One more, or there would be a look for more behind it.
		r.fetcher.plan.page, r.fetcher.plan.guesses = left+1, 1
	}
	m.reading = append(m.reading, r)
	go func() {
		defer close(r.ended)
		defer close(r.pages)
		r.fetcher.run(ctx, func(page Page, err error) bool {
			select {
			case r.pages <- fetched{page, err}:
				return true
			case <-ctx.Done():
				return false
			}
		})
		r.fetcher.running.Wait()
	}()
}

func (m *many) wait() {
	for _, r := range m.reading {
		<-r.ended
	}
}

// gated tells that another dataset's turn comes first.
func (f *fetcher) gated() bool {
	select {
	case <-f.gate:
		return false
	default:
		return f.gate != nil
	}
}

// tooLargeAhead tells that a page was too large to wait for its turn. Then it is
// asked for again when that has come.
func (f *fetcher) tooLargeAhead(ctx context.Context, err error, ahead bool) bool {
	if !ahead || !errors.Is(err, errTooLarge) {
		return false
	}
	select {
	case <-f.gate:
	case <-ctx.Done():
	}
	return true
}
