package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// listing is a list that the API hands out in pages, each an envelope around
// {"items": […], …}.
type listing struct {
	fetch  func(ctx context.Context, position paging, limit int64) (page, error)
	paging paging
	page   int64 // entries to ask for at once; 0: as many as the server gives
	limit  int64 // entries in all; 0: as many as there are. With it, page is not 0.
}

// page is one answer.
type page struct {
	text  []byte // what is in the envelope
	items []json.RawMessage
}

// paging is how a list says where its next page begins. It lives for one run
// through the list.
type paging interface {
	// start is the paging as it is before the first page.
	start() paging
	// ask adds what asks for the current page.
	ask(url.Values)
	// check finds what in a page contradicts its place in the list.
	check(page []byte, limit int64, items []json.RawMessage) error
	// advance moves behind the page that just came and reports whether there is
	// more. limit is what was asked for, count what came.
	advance(page []byte, limit int64, count int) (more bool, err error)
}

// pages yields the list's entries as they stand in the answers, a page at a time,
// and stops at the first error. A page that is too large for the memory is asked
// for again in parts.
func (l listing) pages(ctx context.Context) iter.Seq2[[]json.RawMessage, error] {
	return func(yield func([]json.RawMessage, error) bool) {
		position, size, left := l.paging.start(), l.page, l.limit
		for more := true; more; {
			limit := size
			if l.limit > 0 {
				limit = min(size, left)
			}
			page, err := l.fetch(ctx, position, limit)
			if errors.Is(err, errTooLarge) && limit > 1 {
				size = max(1, limit/8)
				continue
			}
			if err == nil {
				left -= int64(len(page.items))
				if !yield(page.items, nil) || l.limit > 0 && left <= 0 {
					return
				}
				more, err = position.advance(page.text, limit, len(page.items))
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// entries yields the entries of a list one by one, as decode reads them.
func entries[T any](ctx context.Context, l listing, decode func(json.RawMessage) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for items, err := range l.pages(ctx) {
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				entry, err := decode(item)
				if err != nil {
					yield(none, &answerError{err: err})
					return
				}
				if !yield(entry, nil) {
					return
				}
			}
		}
	}
}

// asItCame is decode for entries that are left as they are.
func asItCame(item json.RawMessage) (json.RawMessage, error) { return item, nil }

// page asks for a list's page at a position, and holds it against itself.
func (c *Client) page(ctx context.Context, r request, position paging, limit int64) (p page, err error) {
	check := r.check
	r.query = cloneQuery(r.query)
	r.query.Set("limit", strconv.FormatInt(limit, 10))
	position.ask(r.query)
	r.check = func(answer *response) (err error) {
		if p, err = readPage(answer.body); err != nil {
			return err
		}
		if check != nil {
			if err := check(answer); err != nil {
				return err
			}
		}
		if err := checkCount(p.text, limit, len(p.items)); err != nil {
			return err
		}
		return position.check(p.text, limit, p.items)
	}
	_, err = c.send(ctx, attempt{request: &r})
	return p, err
}

func readPage(body []byte) (p page, err error) {
	if p.text, err = envelopeData(body); err == nil {
		p.items, err = pageItems(p.text)
	}
	return p, err
}

// pageItems returns the members of a page's items.
func pageItems(page []byte) ([]json.RawMessage, error) {
	var list []byte
	for member, err := range rawjson.Members(page) {
		if err != nil {
			return nil, fmt.Errorf("a page of a list: %w", err)
		}
		if member.Name() == "items" {
			list = member.Value
		}
	}
	if list == nil {
		return nil, contradicts("a page of a list without items")
	}
	var items []json.RawMessage
	for item, err := range rawjson.Elements(list) {
		if err != nil {
			return nil, fmt.Errorf("the items of a list: %w", err)
		}
		items = append(items, item)
	}
	return items, nil
}

// checkCount holds the number of a page's entries against what was asked for and,
// where the page tells, its own count.
func checkCount(page []byte, limit int64, entries int) error {
	var answer struct {
		Count *int64 `json:"count"`
	}
	if err := json.Unmarshal(page, &answer); err != nil {
		return fmt.Errorf("a page of a list: %w", err)
	}
	switch {
	case answer.Count != nil && *answer.Count != int64(entries):
		return contradicts("a page of a list with %d entries where its own count is %d", entries, *answer.Count)
	case int64(entries) > limit:
		return contradicts("a page of a list with %d entries instead of the %d that were asked for", entries, limit)
	}
	return nil
}

func decodePage(page []byte, into any) error {
	if err := json.Unmarshal(page, into); err != nil {
		return fmt.Errorf("a page of a list: %w", err)
	}
	return nil
}

// offsetPaging counts entries: offset, limit and total.
type offsetPaging struct {
	offset int64
	total  int64 // the largest that was seen
}

type offsetPage struct {
	Offset *int64 `json:"offset"`
	Total  *int64 `json:"total"`
	Limit  int64  `json:"limit"`
}

func (p offsetPaging) start() paging { return &p }

func (p *offsetPaging) ask(query url.Values) {
	if p.offset > 0 {
		query.Set("offset", strconv.FormatInt(p.offset, 10))
	}
}

func (p *offsetPaging) check(page []byte, limit int64, items []json.RawMessage) error {
	var answer offsetPage
	if err := decodePage(page, &answer); err != nil {
		return err
	}
	if answer.Offset != nil && *answer.Offset != p.offset {
		return contradicts("a page of a list from offset %d instead of %d", *answer.Offset, p.offset)
	}
	if answer.Limit > 0 {
		limit = min(limit, answer.Limit)
	}
	if answer.Total != nil {
		// Not the largest total: storages may have been deleted since.
		if least := min(limit, *answer.Total-p.offset); int64(len(items)) < least {
			return contradicts("a page of a list with %d entries from offset %d on instead of %d", len(items), p.offset, least)
		}
	}
	return nil
}

// advance goes on by what was asked for, or by the server's own limit where that
// is smaller.
func (p *offsetPaging) advance(page []byte, limit int64, count int) (bool, error) {
	var answer offsetPage
	if err := decodePage(page, &answer); err != nil {
		return false, err
	}
	if answer.Limit > 0 {
		limit = min(limit, answer.Limit)
	}
	p.offset += limit
	if answer.Total != nil {
		p.total = max(p.total, *answer.Total)
	}
	if count == 0 {
		return false, nil
	}
	if answer.Total == nil {
		return true, nil
	}
	// A full page that reaches beyond the total shows that the total is old.
	return p.offset < p.total || int64(count) >= limit && p.offset > p.total, nil
}

// keyPaging goes on behind the last key: exclusiveStartKey.
type keyPaging struct{ after string }

func (p keyPaging) start() paging { return &p }

func (p *keyPaging) ask(query url.Values) {
	if p.after != "" {
		query.Set("exclusiveStartKey", p.after)
	}
}

// check: keys come in the order of their bytes.
func (p *keyPaging) check(_ []byte, _ int64, items []json.RawMessage) error {
	last := p.after
	for _, raw := range items {
		key, err := readKey(raw)
		if err != nil {
			return err
		}
		if key.Key <= last {
			return contradicts("a page of a list of keys with %q behind %q", shorten(key.Key, 80), shorten(last, 80))
		}
		last = key.Key
	}
	return nil
}

func (p *keyPaging) advance(page []byte, _ int64, _ int) (bool, error) {
	var answer struct {
		IsTruncated bool   `json:"isTruncated"`
		Next        string `json:"nextExclusiveStartKey"`
	}
	if err := decodePage(page, &answer); err != nil {
		return false, err
	}
	if !answer.IsTruncated && answer.Next == "" {
		return false, nil
	}
	return moved(&p.after, answer.Next)
}

// cursorPaging goes where the server's opaque cursor says.
type cursorPaging struct {
	cursor string
	first  []byte // entry of the page that came last
}

func (p cursorPaging) start() paging { return &p }

func (p *cursorPaging) ask(query url.Values) {
	if p.cursor != "" {
		query.Set("cursor", p.cursor)
	}
}

func (p *cursorPaging) check(_ []byte, _ int64, items []json.RawMessage) error {
	if len(items) == 0 {
		return nil
	}
	if bytes.Equal(items[0], p.first) {
		return contradicts("a list whose next page is the one that just came")
	}
	p.first = items[0]
	return nil
}

func (p *cursorPaging) advance(page []byte, _ int64, _ int) (bool, error) {
	var answer struct {
		Next string `json:"nextCursor"`
	}
	if err := decodePage(page, &answer); err != nil {
		return false, err
	}
	if answer.Next == "" {
		return false, nil
	}
	return moved(&p.cursor, answer.Next)
}

// moved sets a position that must differ from the last one, or the list would
// never end.
func moved(position *string, next string) (bool, error) {
	if next == "" {
		return false, &answerError{err: errors.New("a list that says it goes on, but not where")}
	}
	if next == *position {
		return false, &answerError{err: errors.New("a list whose next page is the one that just came")}
	}
	*position = next
	return true, nil
}
