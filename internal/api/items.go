package api

import (
	"context"
	"errors"
	"iter"
	"maps"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
)

const defaultConcurrency = 24

// Page is the items of a range of a dataset.
type Page struct {
	Data  []byte // a complete JSON array, checked; the receiver owns it, see Reuse
	Count int    // elements in Data; filters make it smaller than Limit, Unwind larger

	// Offset and Limit are the range in stored items: the one that was asked for,
	// or the part of it that a server with a smaller limit of its own answered.
	Offset, Limit int64
	Total         int64 // stored items when this page was read; -1 if the answer did not say
	Next          int64 // the stored item that the next page begins with

	wire int  // bytes that it came in
	held bool // the rate limit kept its request waiting
	last bool // filters aside, nothing was behind it when it was read
}

// Pages yields a dataset's items in order, fetched ahead with o.Concurrency
// requests. Pages that came wait as they came, compressed, all but the next few
// of them; how many, see plan.window.
// It stops at the first error. Breaking off ends all requests and waits for them.
//
// The total is read again on every page, so items that come in while it runs are
// yielded too. In descending order such items shift the ranges: items at the
// edges of pages come twice, and the new ones are not seen.
func (d Datasets) Pages(ctx context.Context, ref Ref, o ItemsOptions) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		if o.Offset < 0 || o.Limit < 0 || o.PageSize < 0 {
			yield(Page{}, errors.New("offset, limit and page size of items must not be negative"))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		f := newFetcher(d, ref, o, d.tokens(o.Concurrency, defaultConcurrency))
		defer f.running.Wait()
		defer cancel()
		f.run(ctx, yield)
	}
}

// Reuse takes the memory of a page's Data for further pages. The page must not be
// looked at any more.
func (d Datasets) Reuse(data []byte) { d.client.memory.give(data) }

// Forget lets go of the memory that is kept for further pages.
func (d Datasets) Forget() { d.client.memory.forget() }

// fetcher runs ahead of the one who takes the pages.
type fetcher struct {
	datasets Datasets
	ref      Ref
	options  ItemsOptions
	query    map[string][]string
	plan     *plan
	requests chan struct{} // has one for each request that may be under way
	running  sync.WaitGroup

	// Where other datasets come first: until gate is closed, one page is fetched,
	// which waits as it came, in so many bytes at most.
	gate      <-chan struct{}
	aheadMost int

	countsOtherwise atomic.Bool // the server's count of a filtered page is not that of its elements
}

func newFetcher(d Datasets, ref Ref, o ItemsOptions, requests chan struct{}) *fetcher {
	if o.Concurrency == 0 {
		o.Concurrency = cap(requests)
	}
	return &fetcher{datasets: d, ref: ref, options: o, query: o.query(), plan: newPlan(o), requests: requests}
}

// tokens has one for each request that may be under way: as many as were asked
// for, else usual ones.
func (d Datasets) tokens(asked, usual int) chan struct{} {
	switch {
	case asked > 0:
		usual = asked
	case !d.client.network: // there is nothing to wait for but processors
		usual = min(max(2, runtime.GOMAXPROCS(0)), fewRequests)
	}
	requests := make(chan struct{}, usual)
	for range usual {
		requests <- struct{}{}
	}
	return requests
}

// stretch is a range that is being fetched. Its pages come through a channel
// without a buffer: one that is not taken keeps the next from being asked for.
type stretch struct {
	offset, end int64
	pages       chan fetched
	cancel      context.CancelFunc
	turn        chan struct{} // closed when its pages may be inflated
	admitted    bool
}

func (s *stretch) admit() {
	if !s.admitted {
		s.admitted = true
		close(s.turn)
	}
}

// firstBuffer is the memory for a page of which nothing is known yet.
const firstBuffer = 64 << 10

// maxInflated bounds how many of the pages that wait are inflated: more than are
// worked on at once only fill memory.
const maxInflated = 3

type fetched struct {
	page Page
	err  error
}

func (f *fetcher) run(ctx context.Context, yield func(Page, error) bool) {
	inflated := min(max(2, runtime.GOMAXPROCS(0)), maxInflated)
	var waiting []*stretch
	gate := f.gate
	for {
		may := f.requests
		if len(waiting) >= f.plan.window(f.options.Concurrency) || !f.plan.wants(len(waiting) == 0) || gate != nil && len(waiting) > 0 {
			may = nil
		}
		if len(waiting) == 0 && may == nil {
			if err := f.plan.missing(); err != nil {
				yield(Page{}, err)
			}
			return
		}
		var pages chan fetched
		if len(waiting) > 0 {
			pages = waiting[0].pages
		}
		for _, s := range waiting[:min(len(waiting), inflated)] {
			if gate == nil {
				s.admit()
			}
		}
		var first fetched
		var ok bool
		select {
		case <-may:
			offset, limit := f.plan.next()
			waiting = append(waiting, f.start(ctx, offset, offset+limit))
			continue
		case <-gate:
			gate = nil
			continue
		case first, ok = <-pages:
		case <-ctx.Done():
			yield(Page{}, ctx.Err())
			return
		}
		if !ok {
			if err := ctx.Err(); err != nil {
				yield(Page{}, err)
				return
			}
			end := waiting[0].end
			waiting = waiting[1:]
			if f.plan.reachedBefore(end) {
				// What runs ahead begins too late now.
				for _, s := range waiting {
					s.cancel()
				}
				waiting = nil
			}
			continue
		}
		if first.err == nil {
			first.err = f.plan.delivered(first.page)
		}
		if first.err != nil {
			yield(Page{}, first.err)
			return
		}
		if f.behindEnd(first.page) {
			continue
		}
		first.page.Next = f.plan.covered(first.page)
		if !yield(first.page, nil) {
			return
		}
	}
}

// behindEnd reports whether a page was only a look for more behind the total.
func (f *fetcher) behindEnd(page Page) bool {
	return page.Count == 0 && page.Offset > f.options.Offset && page.Offset >= page.Total
}

func (f *fetcher) start(ctx context.Context, offset, end int64) *stretch {
	ctx, cancel := context.WithCancel(ctx)
	s := &stretch{offset: offset, end: end, pages: make(chan fetched), cancel: cancel, turn: make(chan struct{})}
	f.running.Go(func() {
		defer cancel()
		defer close(s.pages)
		f.fetch(ctx, s)
	})
	return s
}

// fetch gets a stretch, in several requests where the server gives less at once
// or the items turn out too large. It stops early where the dataset ends.
func (f *fetcher) fetch(ctx context.Context, s *stretch) {
	limit := s.end - s.offset
	again := false
	doubtful := -1 // elements of a page that does not tell what it covers
	for offset := s.offset; offset < s.end; {
		limit = min(limit, s.end-offset)
		if again { // run has seen to it that the first request may be sent
			select {
			case <-f.requests:
			case <-ctx.Done():
				return
			}
		}
		again = true
		ahead := f.gated()
		page, err := f.get(ctx, offset, limit, s.turn, ahead)
		if f.tooLargeAhead(ctx, err, ahead) {
			continue
		}
		if errors.Is(err, errTooLarge) && limit > 1 {
			limit = max(1, limit/8)
			continue
		}
		if err == nil {
			f.plan.came(page, limit)
			if sure := f.plan.sure(&page); sure < page.Limit {
				limit, doubtful = sure, page.Count
				continue
			}
			page.last = page.last || page.Count == doubtful
		}
		select {
		case s.pages <- fetched{page: page, err: err}:
		case <-ctx.Done():
			return // the one who waits sees the context
		}
		reached := f.plan.covered(page)
		if err != nil || reached < page.Offset+page.Limit || page.Total >= 0 && reached >= page.Total {
			return
		}
		offset = reached
		limit = min(limit, page.Limit)
	}
}

// get fetches a page and inflates it when its turn has come.
func (f *fetcher) get(ctx context.Context, offset, limit int64, turn <-chan struct{}, ahead bool) (Page, error) {
	query := maps.Clone(f.query)
	setNumber(query, "limit", limit)
	if offset > 0 {
		setNumber(query, "offset", offset)
	}
	for name, values := range f.ref.query {
		query[name] = values
	}
	came := sync.OnceFunc(func() { f.requests <- struct{}{} })
	defer came()
	hint, most := f.plan.size(limit)
	mostPacked := most
	if ahead {
		mostPacked = min(most, f.aheadMost)
	}
	memory := &f.datasets.client.memory
	return resolve(f.datasets.client, f.ref, f.datasets.kind, func(path string) (Page, error) {
		page := Page{Offset: offset, Limit: limit, Total: -1}
		r := request{
			method:   http.MethodGet,
			path:     path + "/items",
			query:    query,
			storage:  path,
			packed:   true,
			sizeHint: hint,
			maxBytes: mostPacked,
			buffer:   func() []byte { return memory.take(max(hint, firstBuffer)) }, // another one for each try: what came may be given back by then
			unpack: func(ctx context.Context, answer *response) error {
				came()
				select {
				case <-turn:
				case <-ctx.Done():
					return ctx.Err()
				}
				packed := answer.body
				page.wire = len(packed)
				if contentEncoding(answer.header) == "" {
					return nil
				}
				err := unpack(answer, memory, most)
				if err == nil {
					memory.give(packed)
				}
				return err
			},
			check: f.pageCheck(&page, limit),
		}
		answer, err := f.datasets.client.send(ctx, attempt{request: &r})
		if err != nil {
			return Page{}, err
		}
		page.Data, page.held = answer.body, answer.held
		return page, nil
	})
}
