package api

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// pageCheck fills in what an answer says of a page, and holds the page against
// it: a cache or a proxy on the way can put another body below honest headers. It
// is for the tries of one request; limit is what was asked for.
//
// Of a filtered page, the headers' count could be that of the items before they
// were filtered: documented is that of the elements. So a count of all stored items
// in the page's range is taken for that when the page has come sameTries times with
// the same elements.
func (f *fetcher) pageCheck(page *Page, limit int64) func(*response) error {
	asked, elements, same := *page, -1, 0
	return func(answer *response) error {
		*page = Page{Offset: asked.Offset, Limit: limit, Total: -1, wire: page.wire}
		var err error
		if page.Count, err = rawjson.Count(answer.body); err != nil {
			return notWhatWasWanted(answer.body, '[', err)
		}
		if !utf8.Valid(answer.body) {
			return errors.New("items that are not UTF-8")
		}
		if total, ok := paginationHeader(answer, "Total"); ok {
			page.Total = total
		}
		if answered, ok := paginationHeader(answer, "Limit"); ok && answered > 0 && answered < limit {
			page.Limit = answered
		}
		if answered, ok := paginationHeader(answer, "Offset"); ok && answered != page.Offset {
			return contradicts("items from offset %d instead of %d", answered, page.Offset)
		}
		if said, ok := paginationHeader(answer, "Count"); ok && said != int64(page.Count) && !f.countsOtherwise.Load() {
			if page.Count != elements {
				elements, same = page.Count, 0
			}
			same++
			if !f.plan.filtered || said != min(page.Limit, page.Total-page.Offset) || same < sameTries {
				return contradicts("%d items where the answer's own count is %d", page.Count, said)
			}
			f.countsOtherwise.Store(true)
		}
		return f.plan.contradiction(*page)
	}
}

const sameTries = 3

func paginationHeader(answer *response, name string) (int64, bool) {
	n, err := strconv.ParseInt(answer.header.Get("X-Apify-Pagination-"+name), 10, 64)
	return n, err == nil && n >= 0
}

// contradiction is an error for a page that has fewer or more items than follow
// from its own range and total. A total may be behind what is stored; of a filtered
// page, that has to wait until it is not.
func (p *plan) contradiction(page Page) error {
	if p.filtered {
		p.mu.Lock()
		defer p.mu.Unlock()
		if total := max(p.total, page.Total); page.Total >= 0 && page.Offset >= total && page.Count > 0 {
			return contradicts("%d items from offset %d on, of %d", page.Count, page.Offset, total)
		}
		if page.Total >= 0 && page.Total < min(p.total, page.Offset+page.Limit) {
			return contradicts("a total of %d after one of %d", page.Total, p.total) // how far the page reaches is open
		}
		return nil
	}
	if int64(page.Count) > page.Limit {
		return contradicts("%d items instead of the %d that were asked for", page.Count, page.Limit)
	}
	if least := min(page.Limit, page.Total-page.Offset); int64(page.Count) < least {
		return contradicts("%d items from offset %d on instead of %d, of %d", page.Count, page.Offset, least, page.Total)
	}
	return nil
}

// sure is the part of a page's range, in stored items, of which it is sure what
// the page has of it. Where a filtered page's range reaches beyond all items that
// are known of, items that the total does not count yet may be in it or not: up
// to the total there is no doubt. A page behind the total covers nothing.
func (p *plan) sure(page *Page) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.filtered || page.Total < 0 || page.Offset+page.Limit <= p.total:
	case p.total > page.Offset:
		return p.total - page.Offset
	default:
		page.Limit, page.last = 0, true
	}
	return page.Limit
}

// missing is an error where less was delivered than there is to be.
func (p *plan) missing() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wanted := min(p.total, p.stop); p.reached < wanted {
		return &answerError{err: fmt.Errorf("of %d items, those from offset %d on have not come", wanted, p.reached)}
	}
	return nil
}
