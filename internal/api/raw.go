package api

import (
	"context"
	"maps"
	"math"
	"net/http"
	"net/url"
	"strconv"
)

// RawRequest is a request to an endpoint that nothing here knows.
type RawRequest struct {
	Method      string
	Path        string // below /v2, escaped, with a slash in front
	Query       url.Values
	Body        []byte      // nil for none
	ContentType string      // of Body; "" is JSON
	Header      http.Header // further headers
	Page        bool        // the answer is a page of a list, and held against itself and against Query
}

// RawAnswer is an answer as it came, decompressed.
type RawAnswer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Raw carries out any request, with the retries that its method allows. An
// answer of 400 and more is an *Error. The signing secrets of storages, and the
// signatures of links, are taken out of answers that hold any.
func (c *Client) Raw(ctx context.Context, raw RawRequest) (*RawAnswer, error) {
	r := request{method: raw.Method, path: raw.Path, query: raw.Query, body: raw.Body, storage: raw.Path}
	r.once = raw.Method == http.MethodPost || raw.Method == http.MethodPatch
	r.header = http.Header{"Accept": {"*/*"}}
	maps.Copy(r.header, raw.Header)
	if raw.Body != nil {
		contentType := raw.ContentType
		if contentType == "" {
			contentType = "application/json; charset=utf-8"
		}
		r.header.Set("Content-Type", contentType)
	}
	if raw.Page {
		r.check = checkPage(raw.Query)
	}
	answer, err := c.send(ctx, attempt{request: &r})
	if err != nil {
		return nil, err
	}
	body := answer.body
	if !holdsUserData(raw.Path) {
		body, err = withoutSecrets(answer.header, body)
	}
	return &RawAnswer{Status: answer.status, Header: answer.header, Body: body}, err
}

// checkPage is for a page of any list, whatever says where its next page begins.
func checkPage(query url.Values) func(*response) error {
	number := func(name string, otherwise int64) int64 {
		n, err := strconv.ParseInt(query.Get(name), 10, 64)
		if err != nil {
			return otherwise
		}
		return n
	}
	return func(answer *response) error {
		page, err := envelopeData(answer.body)
		if err != nil {
			return err
		}
		items, err := pageItems(page)
		if err != nil {
			return err
		}
		limit := number("limit", math.MaxInt64)
		var position paging = &offsetPaging{offset: number("offset", 0)}
		var said struct {
			Limit int64   `json:"limit"`
			Key   *string `json:"exclusiveStartKey"`
			Next  string  `json:"nextCursor"`
		}
		if err := decodePage(page, &said); err != nil {
			return err
		}
		switch {
		case said.Key != nil || query.Has("exclusiveStartKey"):
			position = &keyPaging{after: query.Get("exclusiveStartKey")}
		case said.Next != "" && said.Next == query.Get("cursor"):
			return contradicts("a list whose next page is the one that just came")
		case limit == math.MaxInt64 && said.Limit <= 0:
			limit = int64(len(items)) // nothing to hold their number against
		}
		if err := checkCount(page, limit, len(items)); err != nil {
			return err
		}
		return position.check(page, limit, items)
	}
}
