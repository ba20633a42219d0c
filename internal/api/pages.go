package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"strconv"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// listing is a list that the API hands out in pages, each an envelope around
// {"items": […], …}.
type listing struct {
	client  *Client
	request request
	paging  paging
	page    int64 // entries to ask for at once
	limit   int64 // entries in all; 0: as many as there are
}

// paging is how a list says where its next page begins. It lives for one run
// through the list.
type paging interface {
	// start is the paging as it is before the first page.
	start() paging
	// ask adds what asks for the current page.
	ask(url.Values)
	// advance moves behind the page that just came and reports whether there is
	// more. limit is what was asked for, count what came.
	advance(page []byte, limit int64, count int) (more bool, err error)
}

// entries yields the list's entries as they stand in the answers, one page at a
// time, and stops at the first error.
func (l listing) entries(ctx context.Context) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		position := l.paging.start()
		left := l.limit
		for more := true; more; {
			limit := l.page
			if l.limit > 0 {
				limit = min(limit, left)
			}
			page, items, err := l.fetch(ctx, position, limit)
			if err != nil {
				yield(nil, err)
				return
			}
			if l.limit > 0 && int64(len(items)) > left {
				items = items[:left]
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			left -= int64(len(items))
			if l.limit > 0 && left == 0 {
				return
			}
			if more, err = position.advance(page, limit, len(items)); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

func (l listing) fetch(ctx context.Context, position paging, limit int64) (page []byte, items []json.RawMessage, err error) {
	r := l.request
	r.query = maps.Clone(r.query)
	if r.query == nil {
		r.query = url.Values{}
	}
	r.query.Set("limit", strconv.FormatInt(limit, 10))
	position.ask(r.query)
	page, _, err = l.client.decode(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	items, err = pageItems(page)
	return page, items, err
}

// pageItems returns the members of a page's items.
func pageItems(page []byte) ([]json.RawMessage, error) {
	var list []byte
	for member, err := range rawjson.Members(page) {
		if err != nil {
			return nil, &answerError{err: fmt.Errorf("a page of a list: %w", err)}
		}
		if member.Name() == "items" {
			list = member.Value
		}
	}
	if list == nil {
		return nil, &answerError{err: errors.New("a page of a list without items")}
	}
	var items []json.RawMessage
	for item, err := range rawjson.Elements(list) {
		if err != nil {
			return nil, &answerError{err: fmt.Errorf("the items of a list: %w", err)}
		}
		items = append(items, item)
	}
	return items, nil
}

func decodePage(page []byte, into any) error {
	if err := json.Unmarshal(page, into); err != nil {
		return &answerError{err: fmt.Errorf("a page of a list: %w", err)}
	}
	return nil
}

// offsetPaging counts entries: offset, limit and total.
type offsetPaging struct {
	offset int64
	total  int64 // the largest that was seen
}

func (p offsetPaging) start() paging { return &p }

func (p *offsetPaging) ask(query url.Values) {
	if p.offset > 0 {
		query.Set("offset", strconv.FormatInt(p.offset, 10))
	}
}

// advance goes on by what was asked for, or by the server's own limit where that
// is smaller: a page may be short without being the last.
func (p *offsetPaging) advance(page []byte, limit int64, count int) (bool, error) {
	var answer struct {
		Total *int64 `json:"total"`
		Limit int64  `json:"limit"`
	}
	if err := decodePage(page, &answer); err != nil {
		return false, err
	}
	if answer.Limit > 0 {
		limit = min(limit, answer.Limit)
	}
	p.offset += limit
	if count == 0 {
		return false, nil
	}
	if answer.Total == nil {
		return true, nil
	}
	p.total = max(p.total, *answer.Total)
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
type cursorPaging struct{ cursor string }

func (p cursorPaging) start() paging { return &p }

func (p *cursorPaging) ask(query url.Values) {
	if p.cursor != "" {
		query.Set("cursor", p.cursor)
	}
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
