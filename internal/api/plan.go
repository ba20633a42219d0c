package api

import (
	"fmt"
	"math"
	"sync"
)

const (
	firstPage   = 1000
	minPage     = 100
	maxPage     = 50_000
	pageBytes   = 3 << 20 // decoded, to aim at: latency wants large pages, memory small ones
	largeBytes  = 4 << 20 // where a rate limit holds requests up
	smallBytes  = 2 << 20 // where few requests are under way, and memory counts for more
	fewRequests = 4
	mostBytes   = 32 << 20
	heldAhead   = 8 << 20 // of pages that wait, as they came, …
	heldEach    = 1 << 20 // … and this for each request
	maxGrowth   = 10      // from one page size to the next
	guesses     = 4       // ranges that are asked for before anything is known of the items
	maxStanding = 8       // answers in a row that bring nothing although there is more
)

// plan decides which range of items is asked for next. Datasets grow while they
// are read, and a total may be behind what is stored: it is a lower bound, and
// counts for no less than the largest that was seen.
type plan struct {
	mu       sync.Mutex
	fixed    bool    // the page size is the user's
	aim      float64 // bytes of a page
	few      bool    // requests are under way at once
	filtered bool    // a page's count says nothing about the range it covers
	stop     int64   // no range reaches beyond it: the user's limit
	most     int     // bytes of a page; a larger one is asked for again, in parts

	guesses     int     // ranges that may still be handed out before the first page came
	sized       bool    // a page came
	offset      int64   // where the next range begins
	page        int64   // items of the next range
	serverLimit int64   // of items a page; 0 for none that is known
	perItem     float64 // bytes, of the latest pages
	wirePerItem float64 // the same as they came
	total       int64   // the largest that was seen; -1 if none

	reached  int64 // what was delivered ends here
	full     bool  // the page delivered last was full: there may be more behind it
	standing int   // answers in a row that did not get further
}

func newPlan(o ItemsOptions) *plan {
	p := &plan{
		fixed:    o.PageSize > 0,
		aim:      pageBytes,
		filtered: o.Clean || o.SkipEmpty || o.SkipFailedPages || o.Simplified || len(o.Unwind) > 0 || o.View != "",
		stop:     math.MaxInt64,
		most:     mostBytes,
		offset:   o.Offset,
		page:     o.PageSize,
		guesses:  guesses,
		total:    -1,
		reached:  o.Offset,
	}
	if o.Concurrency <= fewRequests {
		p.aim, p.few = smallBytes, true
	}
	if p.few || p.fixed || o.Offset > 0 { // behind the beginning there may well be nothing more
		p.guesses = 1
	}
	if o.Limit > 0 && o.Limit < math.MaxInt64-o.Offset {
		p.stop = o.Offset + o.Limit
	}
	if !p.fixed {
		p.page = firstPage
	}
	return p
}

// wants reports whether there is a range to ask for. Behind the total, or
// without one, it is worth asking only when nothing else is under way (idle) and
// the last page was full.
func (p *plan) wants(idle bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.offset >= p.stop:
		return false
	case !p.sized:
		return p.guesses > 0
	}
	return p.offset < p.total || idle && p.full
}

// next hands out the range that is wanted. Most datasets are small: the first
// ranges go out together, so that such a one is there after one round trip.
func (p *plan) next() (offset, limit int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.guesses--
	offset = p.offset
	limit = min(p.page, p.stop-offset)
	if p.filtered && p.total > offset {
		limit = min(limit, p.total-offset) // see sure
	}
	p.offset += limit
	return offset, limit
}

// window is how many pages, with so many requests at once, may be asked for and
// not be used yet. Requests go on while pages are being used. Where pages come
// without compression there are fewer requests instead: pages that wait must fit
// into memory.
func (p *plan) window(requests int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wirePerItem == 0 {
		return requests
	}
	page := p.wirePerItem * float64(p.page)
	ahead := min(heldAhead/page, float64(requests))
	most := (heldAhead + float64(requests)*heldEach) / page
	return max(1, int(min(float64(requests)+ahead, most)))
}

// covered is where the stored items end that a page stands for.
func (p *plan) covered(page Page) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.coveredLocked(page)
}

func (p *plan) coveredLocked(page Page) int64 {
	end := page.Offset + page.Limit
	switch {
	case !p.filtered:
		return min(end, page.Offset+int64(page.Count))
	case page.Total < 0:
		return end
	}
	return min(end, max(page.Offset, page.Total, p.total))
}

// delivered takes note of pages in their order.
func (p *plan) delivered(page Page) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	end := page.Offset + page.Limit
	p.reached = p.coveredLocked(page)
	switch {
	case page.Total < 0:
		p.full = page.Count > 0 // only an empty page is an end
	case p.filtered:
		p.full = p.reached == end && !page.last
	default:
		p.full = int64(page.Count) >= page.Limit
	}
	if p.reached > page.Offset || p.reached >= p.total {
		p.standing = 0
		return nil
	}
	p.standing++
	if p.standing > maxStanding {
		return &answerError{err: fmt.Errorf("of %d items, nothing comes from offset %d on", p.total, p.reached)}
	}
	return nil
}

// reachedBefore reports whether the pages of a range ended before its end; then
// the next range begins where they ended.
func (p *plan) reachedBefore(end int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reached >= end {
		return false
	}
	p.offset = p.reached
	return true
}

// came learns from a page, in any order, that was asked for with a limit of asked.
func (p *plan) came(page Page, asked int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sized = true
	p.total = max(p.total, page.Total)
	if p.fixed {
		return
	}
	if page.held && !p.few {
		p.aim = largeBytes
	}
	if page.Limit < asked && page.Offset+page.Limit < page.Total {
		p.serverLimit = page.Limit
	}
	if stored := p.coveredLocked(page) - page.Offset; stored > 0 && page.Count > 0 {
		p.adapt(float64(len(page.Data))/float64(stored), page.Limit)
		p.wirePerItem = float64(page.wire) / float64(stored)
	}
	if p.serverLimit > 0 {
		p.page = min(p.page, p.serverLimit)
	}
}

// adapt aims at a page of p.aim bytes, and at minPage items where they are not huge.
func (p *plan) adapt(perItem float64, limit int64) {
	if p.perItem > 0 {
		perItem = (perItem + p.perItem) / 2
	}
	p.perItem = perItem
	wanted := int64(min(p.aim/perItem, maxPage))
	wanted = max(wanted, min(minPage, 4*wanted), 1)
	p.page = min(wanted, limit*maxGrowth)
}

// size is what a page will take on its way, 0 for no idea, and what it may take,
// in bytes. One item, and a page of the user's size, may take as much as any answer.
func (p *plan) size(limit int64) (hint, most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wirePerItem > 0 {
		hint = int(min(p.wirePerItem*float64(limit)*1.1, maxPrealloc)) + 512
	}
	most = maxAnswer
	if !p.fixed && limit > 1 {
		most = p.most
	}
	return hint, most
}
