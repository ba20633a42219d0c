package queue

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/rawjson"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

const (
	// maxRequestPage is the most requests that one answer lists.
	maxRequestPage = 10_000
	// maxPageBytes ends a page of a list early: it is held in memory.
	maxPageBytes = 16 << 20
)

// listRequests answers GET of the requests, by ID, or in the order of the head
// for a client that prefers it: the cursor is the last one.
func (h *Handler) listRequests(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	q, _ := queueQuery(r)
	limit := q.Limit(maxRequestPage, maxRequestPage)
	states := requestStates(q)
	next := nextRequests(q, prefersHeadOrder(r), int(limit), states)
	if q.Err != nil {
		return q.Err
	}
	items, cursor := []json.RawMessage{}, ""
	err := h.readQueue(r.Context(), ref, func(q *openQueue) error {
		places, more := next(q.index)
		size := 0
		for i, p := range places {
			item, err := q.listed(p.ID)
			if err != nil {
				return err
			}
			if item != nil {
				items = append(items, item)
			}
			if size += len(item); size > maxPageBytes && i < len(places)-1 {
				places, more = places[:i+1], true
				break
			}
		}
		if more {
			cursor = places[len(places)-1].Cursor()
		}
		return nil
	})
	if err != nil {
		return err
	}
	directory.Tally(w, int64(len(items)))
	page := map[string]any{"items": items, "count": len(items), "limit": limit}
	if cursor != "" {
		page["nextCursor"] = cursor
	}
	if start := q.Values.Get("exclusiveStartId"); start != "" {
		page["exclusiveStartId"] = start
	}
	if prefersHeadOrder(r) {
		w.Header().Set(headerApplied, preferHeadOrder)
	}
	wire.WriteData(w, http.StatusOK, page)
	return nil
}

// requestStates reads which requests a list is of: all, or those of the filter.
func requestStates(q *wire.Query) []requestindex.State {
	filters := q.Names("filter")
	if len(filters) == 0 {
		return []requestindex.State{requestindex.Ready, requestindex.Locked, requestindex.Handled}
	}
	if slices.ContainsFunc(filters, func(name string) bool { return name != "locked" && name != "pending" }) {
		q.Fail("filter", "locked, pending or both")
	}
	var states []requestindex.State
	if slices.Contains(filters, "pending") {
		states = append(states, requestindex.Ready)
	}
	if slices.Contains(filters, "locked") {
		states = append(states, requestindex.Locked)
	}
	return states
}

// nextRequests reads where a page begins, and returns what finds its requests.
func nextRequests(q *wire.Query, inOrder bool, limit int, states []requestindex.State) func(*requestindex.Index) (places []requestindex.Place, more bool) {
	cursor, start := q.Values.Get("cursor"), q.Values.Get("exclusiveStartId")
	if start != "" && (len(q.Names("filter")) > 0 || cursor != "") {
		q.Fail("exclusiveStartId", "without a filter or a cursor")
	}
	if inOrder {
		after, ok := requestindex.ParsePlace(cursor)
		if !ok || start != "" {
			q.Fail("cursor", "one that an earlier answer gave")
		}
		return func(x *requestindex.Index) ([]requestindex.Place, bool) { return x.AfterInOrder(after, limit, states) }
	}
	after, ok := requestfile.ParseID(cursor + start)
	if cursor+start != "" && !ok {
		q.Fail("cursor", "one that an earlier answer gave")
	}
	return func(x *requestindex.Index) ([]requestindex.Place, bool) { return x.AfterByID(after, limit, states) }
}

// listed is a request with its lock; nil when it has gone meanwhile.
func (q *openQueue) listed(id requestindex.RequestID) ([]byte, error) {
	f, known, err := q.load(id)
	if err != nil || !known {
		return nil, err
	}
	request, err := f.Request()
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", id, err)
	}
	until, locked := q.lockedUntil(f)
	if !locked {
		return request, nil
	}
	request = rawjson.AppendMember(request[:len(request)-1], []byte(`"lockExpiresAt"`), rawjson.Quoted(until.UTC().Format(wire.TimeLayout)))
	if f.Holder != "" {
		request = rawjson.AppendMember(request, []byte(`"lockByClient"`), rawjson.Quoted(f.Holder))
	}
	return append(request, '}'), nil
}

// The API lists requests in an order of its own, and tells what comes next of
// the first thousand only. Who copies a queue needs the order of all of them, so
// a list can be asked for in that order, by a preference (RFC 7240) that the
// platform does not know and passes over: what is ready as it will be handed
// out, then what is locked, then what was handled.
const (
	preferHeadOrder = "order=head"
	headerPrefer    = "Prefer"
	headerApplied   = "Preference-Applied"
)

func prefersHeadOrder(r *http.Request) bool {
	for _, value := range r.Header.Values(headerPrefer) {
		for preference := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(preference), preferHeadOrder) {
				return true
			}
		}
	}
	return false
}
