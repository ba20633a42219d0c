package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// What the API takes in one batch of requests.
const (
	MaxBatchRequests = 25
	MaxBatchBytes    = MaxPushBytes
)

// maxRequestPage is the most requests that one page lists.
const maxRequestPage = 10_000

// RequestsOptions narrow a list of requests.
type RequestsOptions struct {
	Filter []string // "pending", "locked"; none: all, the handled ones too
	Limit  int64    // 0: all
	Page   int64    // requests at once, which are in memory then; 0: as many as the API gives

	// InOrder lists what is pending as it will be handed out, then what is locked,
	// then what was handled. Only `apifyctl serve` and local directories can do
	// that; elsewhere the first error is ErrNoOrder.
	InOrder bool
}

// ErrNoOrder means that the server lists requests in an order of its own only.
var ErrNoOrder = errors.New("the API does not tell the order of all requests")

// inHeadOrder is the preference for InOrder, as RFC 7240 has it.
const inHeadOrder = "order=head"

// Added is what became of a request that was sent.
type Added struct {
	RequestID         string `json:"requestId"`
	UniqueKey         string `json:"uniqueKey"`
	WasAlreadyPresent bool   `json:"wasAlreadyPresent"`
	WasAlreadyHandled bool   `json:"wasAlreadyHandled"`
}

// Requests yields a queue's requests as the API has them, in its own order.
func (q RequestQueues) Requests(ctx context.Context, ref Ref, o RequestsOptions) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		query := url.Values{}
		if len(o.Filter) > 0 {
			query.Set("filter", strings.Join(o.Filter, ","))
		}
		for limit, cursor := o.Limit, ""; ; {
			page, err := q.page(ctx, ref, query, o, limit, cursor)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if limit > 0 {
				if limit -= int64(len(page.Items)); limit <= 0 {
					return
				}
			}
			if page.NextCursor == "" {
				return
			}
			if page.NextCursor == cursor {
				yield(nil, &answerError{err: fmt.Errorf("a list whose next page is the one that just came")})
				return
			}
			cursor = page.NextCursor
		}
	}
}

type requestPage struct {
	Items      []json.RawMessage `json:"items"`
	NextCursor string            `json:"nextCursor"`
}

func (q RequestQueues) page(ctx context.Context, ref Ref, query url.Values, o RequestsOptions, limit int64, cursor string) (*requestPage, error) {
	most := int64(maxRequestPage)
	if o.Page > 0 {
		most = min(most, o.Page)
	}
	if limit <= 0 || limit > most {
		limit = most
	}
	setNumber(query, "limit", limit)
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	r := request{method: http.MethodGet, path: "/requests", query: query}
	if o.InOrder {
		r.header = http.Header{"Accept": {"application/json"}, "Prefer": {inHeadOrder}}
	}
	page, header, err := callFull[requestPage](ctx, q, ref, r)
	if err == nil && o.InOrder && header.Get("Preference-Applied") != inHeadOrder {
		err = ErrNoOrder
	}
	return page, err
}

// Head is the requests that come next, up to limit.
func (q RequestQueues) Head(ctx context.Context, ref Ref, limit int64) ([]json.RawMessage, error) {
	query := url.Values{"limit": {strconv.FormatInt(limit, 10)}}
	page, err := call[requestPage](ctx, q, ref, request{method: http.MethodGet, path: "/head", query: query})
	if err != nil {
		return nil, err
	}
	return page.Items, nil
}

// Request is one request as the API has it.
func (q RequestQueues) Request(ctx context.Context, ref Ref, id string) (json.RawMessage, error) {
	raw, err := call[json.RawMessage](ctx, q, ref, request{method: http.MethodGet, path: "/requests/" + url.PathEscape(id), class: limitRequest})
	if err != nil {
		return nil, err
	}
	return *raw, nil
}

// UpdateRequest replaces a request. It is pending then, or handled if it says
// when.
func (q RequestQueues) UpdateRequest(ctx context.Context, ref Ref, id string, changed json.RawMessage, forefront bool) error {
	query := url.Values{}
	setFlag(query, "forefront", forefront)
	_, err := call[Added](ctx, q, ref, request{
		method: http.MethodPut, path: "/requests/" + url.PathEscape(id), query: query, body: changed, class: limitRequest,
	})
	return err
}

// AddRequests adds up to MaxBatchRequests requests, each with a url and a
// uniqueKey. What the server left out for now is in unprocessed; sending it
// again, like the whole batch, does no harm.
func (q RequestQueues) AddRequests(ctx context.Context, ref Ref, requests []json.RawMessage, forefront bool) (processed []Added, unprocessed []string, err error) {
	body, err := json.Marshal(requests)
	if err != nil {
		return nil, nil, err
	}
	query := url.Values{}
	setFlag(query, "forefront", forefront)
	answer, err := call[struct {
		Processed   []Added `json:"processedRequests"`
		Unprocessed []struct {
			UniqueKey string `json:"uniqueKey"`
		} `json:"unprocessedRequests"`
	}](ctx, q, ref, request{method: http.MethodPost, path: "/requests/batch", query: query, body: body, class: limitBatch})
	if err != nil {
		return nil, nil, err
	}
	for _, left := range answer.Unprocessed {
		unprocessed = append(unprocessed, left.UniqueKey)
	}
	if got := len(answer.Processed) + len(unprocessed); got != len(requests) {
		return nil, nil, &answerError{err: fmt.Errorf("%d of %d requests are in the answer", got, len(requests))}
	}
	return answer.Processed, unprocessed, nil
}

// DeleteRequests deletes up to MaxBatchRequests requests by ID and returns how
// many there were.
func (q RequestQueues) DeleteRequests(ctx context.Context, ref Ref, ids []string) (int, error) {
	type draft struct {
		ID string `json:"id"`
	}
	drafts := make([]draft, len(ids))
	for i, id := range ids {
		drafts[i].ID = id
	}
	body, err := json.Marshal(drafts)
	if err != nil {
		return 0, err
	}
	answer, err := call[struct {
		Processed []json.RawMessage `json:"processedRequests"`
	}](ctx, q, ref, request{method: http.MethodDelete, path: "/requests/batch", body: body, class: limitBatch})
	if err != nil {
		return 0, err
	}
	return len(answer.Processed), nil
}

// Unlock releases the locks that were taken with a clientKey, and says how many.
func (q RequestQueues) Unlock(ctx context.Context, ref Ref, clientKey string) (int64, error) {
	query := url.Values{}
	if clientKey != "" {
		query.Set("clientKey", clientKey)
	}
	answer, err := call[struct {
		UnlockedCount int64 `json:"unlockedCount"`
	}](ctx, q, ref, request{method: http.MethodPost, path: "/requests/unlock", query: query})
	if err != nil {
		return 0, err
	}
	return answer.UnlockedCount, nil
}

// call carries out a request on a queue; its path is below the queue's. The
// answer's data is a T.
func call[T any](ctx context.Context, q RequestQueues, ref Ref, r request) (*T, error) {
	answer, _, err := callFull[T](ctx, q, ref, r)
	return answer, err
}

// callFull is call with the headers of the answer.
func callFull[T any](ctx context.Context, q RequestQueues, ref Ref, r request) (*T, http.Header, error) {
	var header http.Header
	data, err := resolve(ref, q.kind, func(path string) (*T, error) {
		r := r
		r.storage, r.path = path, path+r.path
		query := url.Values{}
		for _, each := range []url.Values{ref.query, r.query} {
			for name, values := range each {
				query[name] = values
			}
		}
		r.query = query
		data, answer, err := q.client.decode(ctx, r)
		if err != nil {
			return nil, err
		}
		header = answer.header
		decoded := new(T)
		if err := json.Unmarshal(data, decoded); err != nil {
			return nil, &answerError{err: err}
		}
		return decoded, nil
	})
	return data, header, err
}
