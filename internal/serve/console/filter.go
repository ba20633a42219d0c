package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/inprocess"
	"github.com/apifyctl/apifyctl/internal/jq"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/transform"
)

// The API knows no filter, and a browser no jq. So items are read here, through
// /v2 as a page would, and those are answered for which an expression is true:
// bit by bit, so that the first ones are there at once, or all as a file.

const (
	filterPage = 1000        // items asked for at once
	filterTime = time.Second // how long one answer looks at items
	filterMost = 500         // items in one answer, about
	filterBody = 256 << 20   // bytes of a page of items
)

type filterQuery struct {
	Dataset string `json:"dataset"`
	JQ      string `json:"jq"`
	Offset  int64  `json:"offset"`
}

// filterAnswer has Next null where all items were looked at.
type filterAnswer struct {
	Rows  []filterRow `json:"rows"`
	Next  *int64      `json:"next"`
	Total int64       `json:"total"`
}

type filterRow struct {
	Index int64           `json:"index"`
	Item  json.RawMessage `json:"item"`
}

// filter answers the items behind an offset for which an expression is true.
func (c *Console) filter(w http.ResponseWriter, r *http.Request) {
	user, ok := c.sessions.user(r)
	if !ok {
		noSession(w)
		return
	}
	var query filterQuery
	if err := wire.ReadObject(w, r, &query); err != nil {
		wire.WriteError(w, err)
		return
	}
	items, err := c.filtered(user, "/v2/datasets/"+url.PathEscape(query.Dataset)+"/items", query.JQ)
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	defer items.close()
	answer := filterAnswer{Rows: []filterRow{}}
	start, offset := time.Now(), query.Offset
	for len(answer.Rows) < filterMost && time.Since(start) < filterTime {
		rows, count, total, err := items.page(r.Context(), offset)
		if err != nil {
			wire.WriteError(w, err)
			return
		}
		answer.Rows, answer.Total = append(answer.Rows, rows...), total
		if offset += count; count == 0 || offset >= total {
			wire.WriteData(w, http.StatusOK, answer)
			return
		}
	}
	answer.Next = &offset
	wire.WriteData(w, http.StatusOK, answer)
}

// filterReader reads the items of a dataset, and leaves some out.
type filterReader struct {
	transport *inprocess.Transport
	address   string
	filter    *jq.Filter // nil: leaves nothing out
}

// filtered reads what is at a path; with no expression all of it.
func (c *Console) filtered(user, path, expression string) (*filterReader, error) {
	var filter *jq.Filter
	if expression != "" {
		var err error
		if filter, err = jq.Compile(expression); err != nil {
			return nil, wire.InvalidValue("The expression cannot be read: %v", err)
		}
	}
	return &filterReader{inprocess.New(c.options.API(user)), "http://localhost" + path, filter}, nil
}

func (f *filterReader) close() { _ = f.transport.Close() } // never fails

// page reads some items; count is how many were looked at, of total.
func (f *filterReader) page(ctx context.Context, offset int64) (rows []filterRow, count, total int64, err error) {
	address := fmt.Sprintf("%s?offset=%d&limit=%d", f.address, offset, filterPage)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil) //nolint:gosec // the address is of this server
	if err != nil {
		return nil, 0, 0, err
	}
	response, err := f.transport.RoundTrip(request)
	if err != nil {
		return nil, 0, 0, err
	}
	defer func() { _ = response.Body.Close() }() // of a body that was read
	body, err := io.ReadAll(io.LimitReader(response.Body, filterBody))
	if err != nil {
		return nil, 0, 0, err
	}
	if response.StatusCode != http.StatusOK {
		var said struct {
			Error struct{ Type, Message string }
		}
		_ = json.Unmarshal(body, &said) // what says nothing is told by its status
		return nil, 0, 0, wire.NewError(response.StatusCode, said.Error.Type, said.Error.Message)
	}
	if total, err = strconv.ParseInt(response.Header.Get("X-Apify-Pagination-Total"), 10, 64); err != nil {
		return nil, 0, 0, fmt.Errorf("the answer does not say how many items there are: %w", err)
	}
	for item, err := range rawjson.Elements(bytes.TrimSpace(body)) {
		if err != nil {
			return nil, 0, 0, err
		}
		if f.matches(ctx, item) {
			rows = append(rows, filterRow{offset + count, item})
		}
		count++
	}
	return rows, count, total, nil
}

// matches tells whether the first result is true. An expression that fails for an
// item, such as .price.amount > 1 where price is text, is not true for it.
func (f *filterReader) matches(ctx context.Context, item []byte) bool {
	if f.filter == nil {
		return true
	}
	for result, err := range f.filter.Value(ctx, item) {
		return err == nil && result.True()
	}
	return false
}

// pages are all items that are left, transformed, as arrays.
func (f *filterReader) pages(ctx context.Context, t *transform.Transformation) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for offset := int64(0); ; {
			rows, count, total, err := f.page(ctx, offset)
			page := []byte{}
			for _, row := range rows {
				if err == nil {
					page, _, err = t.Append(page, row.Item)
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) > 0 {
				page[0] = '[' // instead of a comma
				if !yield(append(page, ']'), nil) {
					return
				}
			}
			if offset += count; count == 0 || offset >= total {
				return
			}
		}
	}
}

// encodedHere tells whether a link is for a file that the API does not make: of
// items that a filter lets through, or in a format that it lacks.
func encodedHere(r *http.Request) bool {
	query := r.URL.Query()
	return strings.HasPrefix(r.URL.Path, "/v2/datasets/") &&
		(query.Has("jq") || slices.Contains([]string{"parquet", "tsv", "yaml"}, query.Get("format")))
}

// file sends items in a format, with the parameters of the API that the page
// sends: all of them, or those for which an expression is true.
func (c *Console) file(user string, w *contained, r *http.Request) {
	query := wire.Query{Values: r.URL.Query()}
	format, ok := export.Lookup(query.Values.Get("format"))
	items, err := c.filtered(user, r.URL.EscapedPath(), query.Values.Get("jq"))
	if err == nil && !ok {
		err = wire.InvalidValue("There is no such format")
	}
	if err != nil {
		wire.WriteError(w, err)
		return
	}
	defer items.close()
	clean := query.Flag("clean")
	t := &transform.Transformation{Fields: query.Names("fields"), Flatten: query.Names("flatten"), SkipHidden: clean, SkipEmpty: clean}
	w.Header().Set("Content-Type", format.MediaType)
	w.Header().Set("Content-Disposition", "attachment")
	csv := format.Name == "csv" // as the platform has it
	options := export.Options{Fields: t.Fields, TwoPass: true, Truncate: true, QuoteAll: csv, CRLF: csv}
	if _, err := export.Run(r.Context(), export.PagesOf(items.pages(r.Context(), t.Prepare())), format, options, sink.Stream(w)); err != nil {
		if w.begun {
			panic(http.ErrAbortHandler) // the status is out: a cut body is the only way to say it
		}
		w.Header().Del("Content-Disposition")
		wire.WriteError(w, err)
	}
}
