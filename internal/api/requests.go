package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
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

// Requests yields a queue's requests as the API has them, in its own order. A list
// of all of them that ends before the queue's own number of requests is an error.
func (q RequestQueues) Requests(ctx context.Context, ref Ref, o RequestsOptions) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		all := o.Limit == 0 && len(o.Filter) == 0
		least := int64(0)
		if all {
			queue, err := q.Get(ctx, ref)
			if err != nil {
				yield(nil, err)
				return
			}
			least = queue.TotalRequestCount
		}
		came := int64(0)
		for item, err := range q.requests(ctx, ref, o) {
			if !yield(item, err) || err != nil {
				return
			}
			came++
		}
		if came >= least {
			return
		}
		queue, err := q.Get(ctx, ref) // some may have been deleted meanwhile
		if least = min(least, total(queue)); err == nil && came < least {
			err = &answerError{err: fmt.Errorf("a list of %d requests where the queue has %d", came, least)}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func total(queue *RequestQueue) int64 {
	if queue == nil {
		return 0
	}
	return queue.TotalRequestCount
}

func (q RequestQueues) requests(ctx context.Context, ref Ref, o RequestsOptions) iter.Seq2[json.RawMessage, error] {
	size := int64(maxRequestPage)
	if o.Page > 0 {
		size = min(size, o.Page)
	}
	r := request{method: http.MethodGet, query: cloneQuery(ref.query)}
	if len(o.Filter) > 0 {
		r.query.Set("filter", strings.Join(o.Filter, ","))
	}
	if o.InOrder {
		r.header = http.Header{"Accept": {"application/json"}, "Prefer": {inHeadOrder}}
		r.check = func(answer *response) error {
			if answer.header.Get("Preference-Applied") != inHeadOrder {
				return ErrNoOrder
			}
			return nil
		}
	}
	return entries(ctx, listing{
		fetch: func(ctx context.Context, position paging, limit int64) (page, error) {
			return resolve(q.client, ref, q.kind, func(path string) (page, error) {
				r := r
				r.storage, r.path = path, path+"/requests"
				return q.client.page(ctx, r, position, limit)
			})
		},
		paging: &cursorPaging{},
		page:   size,
		limit:  o.Limit,
	}, asItCame)
}

// Head is the requests that come next, up to limit.
func (q RequestQueues) Head(ctx context.Context, ref Ref, limit int64) ([]json.RawMessage, error) {
	query := url.Values{"limit": {strconv.FormatInt(limit, 10)}}
	var items []json.RawMessage
	_, err := call[json.RawMessage](ctx, q, ref, request{method: http.MethodGet, path: "/head", query: query}, func(head *json.RawMessage) (err error) {
		items, err = pageItems(*head)
		return err
	})
	return items, err
}

// Request is one request as the API has it.
func (q RequestQueues) Request(ctx context.Context, ref Ref, id string) (json.RawMessage, error) {
	raw, err := call(ctx, q, ref, request{method: http.MethodGet, path: "/requests/" + url.PathEscape(id), class: limitRequest}, func(raw *json.RawMessage) error {
		return wantID(*raw, id)
	})
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
	_, err := call(ctx, q, ref, request{
		method: http.MethodPut, path: "/requests/" + url.PathEscape(id), query: query, body: changed, class: limitRequest,
	}, func(updated *Added) error {
		if updated.RequestID != id {
			return contradicts("the answer is about the request %q instead of %q", shorten(updated.RequestID, 40), shorten(id, 40))
		}
		return nil
	})
	return err
}

// wantID is an error where an object is another one than was asked for.
func wantID(object []byte, id string) error {
	var answer struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(object, &answer); err != nil {
		return err
	}
	if answer.ID != id {
		return contradicts("the answer is about %q instead of %q", shorten(answer.ID, 40), shorten(id, 40))
	}
	return nil
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
	answer, err := call(ctx, q, ref, request{method: http.MethodPost, path: "/requests/batch", query: query, body: body, class: limitBatch}, func(answer *struct {
		Processed   []Added `json:"processedRequests"`
		Unprocessed []struct {
			UniqueKey string `json:"uniqueKey"`
		} `json:"unprocessedRequests"`
	},
	) error {
		if got := len(answer.Processed) + len(answer.Unprocessed); got != len(requests) {
			return contradicts("%d of %d requests are in the answer", got, len(requests))
		}
		for _, added := range answer.Processed {
			if added.RequestID == "" {
				return contradicts("a request that was added has no ID in the answer")
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for _, left := range answer.Unprocessed {
		unprocessed = append(unprocessed, left.UniqueKey)
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
	answer, err := call(ctx, q, ref, request{method: http.MethodDelete, path: "/requests/batch", body: body, class: limitBatch}, func(answer *struct {
		Processed *[]json.RawMessage `json:"processedRequests"`
	},
	) error {
		if answer.Processed == nil || len(*answer.Processed) > len(ids) {
			return contradicts("the answer does not say which requests were deleted")
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(*answer.Processed), nil
}

// Unlock releases the locks that were taken with a clientKey, and says how many.
func (q RequestQueues) Unlock(ctx context.Context, ref Ref, clientKey string) (int64, error) {
	query := url.Values{}
	if clientKey != "" {
		query.Set("clientKey", clientKey)
	}
	answer, err := call(ctx, q, ref, request{method: http.MethodPost, path: "/requests/unlock", query: query}, func(answer *struct {
		UnlockedCount *int64 `json:"unlockedCount"`
	},
	) error {
		if answer.UnlockedCount == nil {
			return contradicts("the answer does not say how many requests were unlocked")
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return *answer.UnlockedCount, nil
}

// call carries out a request on a queue; its path is below the queue's. The
// answer's data is a T, which check finds to be what belongs to the request.
func call[T any](ctx context.Context, q RequestQueues, ref Ref, r request, check func(*T) error) (*T, error) {
	return resolve(q.client, ref, q.kind, func(path string) (*T, error) {
		r := r
		r.storage, r.path = path, path+r.path
		query := cloneQuery(ref.query)
		maps.Copy(query, r.query)
		r.query = query
		return decoded(ctx, q.client, r, check)
	})
}
