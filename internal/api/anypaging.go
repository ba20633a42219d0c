package api

import (
	"encoding/json"
	"math"
	"net/url"
	"strconv"
)

// anyPaging is for a list that nothing here knows: its first page shows which of
// the ways to go on it has.
type anyPaging struct {
	query url.Values // of the first page
	paging
}

func (p anyPaging) start() paging { return &p }

func (p *anyPaging) ask(query url.Values) {
	if p.paging != nil {
		p.paging.ask(query)
	}
}

// anyPage is what a page can say of its place in a list.
type anyPage struct {
	Limit  int64   `json:"limit"`
	Total  *int64  `json:"total"`
	Key    *string `json:"exclusiveStartKey"`
	Next   *string `json:"nextExclusiveStartKey"`
	Cursor *string `json:"nextCursor"`
}

func (p *anyPaging) check(page []byte, _ int64, items []json.RawMessage) error {
	var said anyPage
	if err := decodePage(page, &said); err != nil {
		return err
	}
	if p.paging == nil {
		p.paging = p.of(said)
	}
	limit := p.limit(said, len(items))
	if err := checkCount(page, limit, len(items)); err != nil {
		return err
	}
	return p.paging.check(page, limit, items)
}

func (p *anyPaging) of(said anyPage) paging {
	switch {
	case said.Key != nil || said.Next != nil || p.query.Has("exclusiveStartKey"):
		return &keyPaging{after: p.query.Get("exclusiveStartKey")}
	case said.Cursor != nil || p.query.Has("cursor"):
		return &cursorPaging{cursor: p.query.Get("cursor")}
	}
	return &offsetPaging{offset: p.number("offset", 0)}
}

func (p *anyPaging) advance(page []byte, _ int64, count int) (bool, error) {
	var said anyPage
	if err := decodePage(page, &said); err != nil {
		return false, err
	}
	if _, counts := p.paging.(*offsetPaging); counts && said.Total == nil {
		return false, nil // nothing says that the list goes on
	}
	return p.paging.advance(page, p.limit(said, count), count)
}

// limit is how many entries a page could have: what was asked for, else what the
// server says, else what came.
func (p *anyPaging) limit(said anyPage, count int) int64 {
	limit := p.number("limit", math.MaxInt64)
	if limit == math.MaxInt64 && said.Limit <= 0 {
		return int64(count)
	}
	return limit
}

// number is a number of the first page's query.
func (p *anyPaging) number(name string, otherwise int64) int64 {
	n, err := strconv.ParseInt(p.query.Get(name), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}
