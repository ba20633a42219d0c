package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
)

// RawRequest is a request to an endpoint that nothing here knows.
type RawRequest struct {
	Method      string
	Path        string // below /v2, escaped, with a slash in front
	Query       url.Values
	Body        []byte      // nil for none
	ContentType string      // of Body; "" is JSON
	Header      http.Header // further headers
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
	return c.raw(ctx, raw, nil)
}

func (c *Client) raw(ctx context.Context, raw RawRequest, check func(*response) error) (*RawAnswer, error) {
	r := request{method: raw.Method, path: raw.Path, query: raw.Query, body: raw.Body, storage: raw.Path, check: check}
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

// RawPages yields the entries of any list from where the request begins, a page at
// a time.
func (c *Client) RawPages(ctx context.Context, raw RawRequest) iter.Seq2[[]json.RawMessage, error] {
	return listing{
		fetch: func(ctx context.Context, position paging, limit int64) (page, error) {
			part := raw
			part.Query = cloneQuery(raw.Query)
			position.ask(part.Query)
			answer, err := c.raw(ctx, part, func(answer *response) error {
				p, err := readPage(answer.body)
				if err != nil {
					return err
				}
				return position.check(p.text, limit, p.items)
			})
			if err != nil {
				return page{}, err
			}
			return readPage(answer.Body)
		},
		paging: &anyPaging{query: raw.Query},
	}.pages(ctx)
}

// ListError is an answer that cannot be read as a list.
type ListError struct{ err error }

func (e *ListError) Error() string { return e.err.Error() }
func (e *ListError) Unwrap() error { return e.err }

// WritePages writes the entries of RawPages as one JSON array, as they come.
func (c *Client) WritePages(ctx context.Context, raw RawRequest, w io.Writer) error {
	separator := "["
	for entries, err := range c.RawPages(ctx, raw) {
		if _, refused := errors.AsType[*Error](err); refused {
			return err
		}
		if err != nil {
			return &ListError{err}
		}
		var text bytes.Buffer
		for _, entry := range entries {
			text.WriteString(separator)
			text.Write(entry)
			separator = ","
		}
		if _, err := w.Write(text.Bytes()); err != nil {
			return err
		}
	}
	end := "]\n"
	if separator == "[" {
		end = "[]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}
