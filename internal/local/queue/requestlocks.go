package queue

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

const (
	maxHead     = 1000
	defaultHead = 100
	// maxLockSecs keeps an order within what a JavaScript number holds.
	maxLockSecs = 10 * 365 * 24 * 3600
)

// headItem is a request as the head has it, without what only its handler needs.
type headItem struct {
	ID            string     `json:"id"`
	RetryCount    int64      `json:"retryCount"`
	UniqueKey     string     `json:"uniqueKey"`
	URL           string     `json:"url"`
	Method        string     `json:"method"`
	LockExpiresAt *wire.Time `json:"lockExpiresAt,omitempty"`
}

type head struct {
	Limit              int64      `json:"limit"`
	QueueModifiedAt    wire.Time  `json:"queueModifiedAt"`
	HadMultipleClients bool       `json:"hadMultipleClients"`
	Items              []headItem `json:"items"`
}

// first is up to limit requests that are neither handled nor locked, in their
// order, as their files have them now. give may refuse one.
func (q *openQueue) first(limit int64, give func(requestfile.File, headItem) (headItem, error)) (head, error) {
	h := head{
		Limit: limit, QueueModifiedAt: wire.Time(q.storage.Modified),
		HadMultipleClients: q.hadMultipleClients(), Items: []headItem{},
	}
	// Requests that an SDK has taken meanwhile leave the head when they are read.
	for tried := map[requestindex.RequestID]bool{}; int64(len(h.Items)) < limit; {
		ids := slices.DeleteFunc(q.index.Head(int(limit)+len(tried)), func(id requestindex.RequestID) bool { return tried[id] })
		q.fetch(ids)
		fresh := false
		for _, id := range ids {
			if int64(len(h.Items)) == limit {
				break
			}
			tried[id], fresh = true, true
			f, known, err := q.load(id)
			if err != nil {
				return h, err
			}
			if _, locked := q.lockedUntil(f); !known || f.Order == 0 || locked {
				continue
			}
			item, err := headItemOf(&f)
			if err == nil {
				item, err = give(f, item)
			}
			if err != nil {
				return h, err
			}
			h.Items = append(h.Items, item)
		}
		if !fresh {
			break
		}
	}
	return h, nil
}

func headItemOf(f *requestfile.File) (headItem, error) {
	request, err := f.Request()
	if err != nil {
		return headItem{}, err
	}
	var item headItem
	err = json.Unmarshal(request, &item)
	item.Method = cmp.Or(item.Method, http.MethodGet)
	return item, err
}

// getHead answers GET of the head. To a server, a look is of one client more.
func (h *Handler) getHead(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	q, clientKey := queueQuery(r)
	limit := q.Limit(defaultHead, maxHead) // some clients ask for more
	if q.Err != nil {
		return q.Err
	}
	var answer head
	unknown := false
	err := h.readQueue(r.Context(), ref, func(q *openQueue) (err error) {
		unknown = h.Served && !q.clients.know(clientKey)
		answer, err = q.first(limit, func(_ requestfile.File, item headItem) (headItem, error) { return item, nil })
		return err
	})
	if err == nil && unknown {
		err = h.changeQueue(r.Context(), ref, clientKey, func(q *openQueue) error {
			answer.HadMultipleClients = q.hadMultipleClients()
			return nil
		})
	}
	if err != nil {
		return err
	}
	directory.Tally(w, int64(len(answer.Items)))
	wire.WriteData(w, http.StatusOK, answer)
	return nil
}

// lockSecs reads the length of a lock.
func lockSecs(q *wire.Query) time.Duration {
	seconds := q.Whole("lockSecs", 0)
	if seconds == 0 || seconds > maxLockSecs {
		q.Fail("lockSecs", "a number of seconds, one at least")
	}
	return time.Duration(seconds) * time.Second
}

// orderAt is the order of a request at a time, up to which it is locked if that is
// to come; the sign keeps what comes first.
func orderAt(at time.Time, forefront bool) int64 {
	if forefront {
		return -at.UnixNano()
	}
	return at.UnixNano()
}

// lockOrder is the order of a request that is locked, in whole milliseconds.
func lockOrder(until time.Time, forefront bool) int64 {
	return orderAt(time.UnixMilli(until.UnixMilli()), forefront)
}

func (h *Handler) lockHead(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	q, clientKey := queueQuery(r)
	limit := q.Whole("limit", maxBatch)
	if limit == 0 {
		limit = maxBatch
	}
	if limit > maxBatch {
		q.Fail("limit", "25 at most")
	}
	length := lockSecs(q)
	if q.Err != nil {
		return q.Err
	}
	var answer struct {
		head
		LockSecs               int64  `json:"lockSecs"`
		QueueHasLockedRequests bool   `json:"queueHasLockedRequests"`
		ClientKey              string `json:"clientKey,omitempty"`
	}
	answer.LockSecs, answer.ClientKey = int64(length/time.Second), clientKey
	err := h.changeQueue(r.Context(), ref, clientKey, func(q *openQueue) (err error) {
		until := q.now.Add(length)
		answer.head, err = q.first(limit, func(f requestfile.File, item headItem) (headItem, error) {
			item.LockExpiresAt = new(wire.Time(until))
			return item, q.reorder(&f, lockOrder(until, f.Forefront()), clientKey)
		})
		answer.QueueHasLockedRequests = q.index.AnyLocked()
		return err
	})
	if err != nil {
		return err
	}
	directory.Tally(w, int64(len(answer.Items)))
	wire.WriteData(w, http.StatusCreated, answer)
	return nil
}

// held is a request that the client holds the lock of. The API does not say how
// it refuses: what is not locked is not found, what somebody else holds is
// forbidden. A lock that Crawlee itself took has no clientKey: it is like one of
// a client that gives none.
func (q *openQueue) held(id requestindex.RequestID, clientKey string) (requestfile.File, error) {
	f, err := q.must(id)
	if err != nil {
		return f, err
	}
	switch _, locked := q.lockedUntil(f); {
	case !locked:
		err = wire.NewError(http.StatusNotFound, "record-not-found", "The request is not locked")
	case f.Holder != clientKey:
		err = wire.NewError(http.StatusForbidden, "insufficient-permissions", "The request is locked by another client")
	}
	return f, err
}

// relock gives the request of the URL a new order if the client holds its lock.
func (h *Handler) relock(r *http.Request, ref directory.Ref, q *wire.Query, clientKey string, order func(now time.Time) int64) error {
	if q.Err != nil {
		return q.Err
	}
	id, err := pathRequestID(r)
	if err != nil {
		return err
	}
	return h.changeQueue(r.Context(), ref, clientKey, func(q *openQueue) error {
		f, err := q.held(id, clientKey)
		if err != nil {
			return err
		}
		next, holder := order(q.now), ""
		if requestfile.Abs(next) > q.now.UnixNano() {
			holder = clientKey
		}
		return q.reorder(&f, next, holder)
	})
}

// prolongLock lets a lock end so long from now.
func (h *Handler) prolongLock(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	q, clientKey := queueQuery(r)
	length, forefront := lockSecs(q), q.Flag("forefront")
	var expires time.Time
	err := h.relock(r, ref, q, clientKey, func(now time.Time) int64 {
		expires = now.Add(length)
		return lockOrder(expires, forefront)
	})
	if err != nil {
		return err
	}
	wire.WriteData(w, http.StatusOK, map[string]wire.Time{"lockExpiresAt": wire.Time(expires)})
	return nil
}

// deleteLock gives a request back.
func (h *Handler) deleteLock(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	q, clientKey := queueQuery(r)
	forefront := q.Flag("forefront")
	err := h.relock(r, ref, q, clientKey, func(now time.Time) int64 { return orderAt(now, forefront) })
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// unlockRequests releases all locks of the client. A server releases, without a
// clientKey, those that were taken without one. On a directory of one's own it is
// everybody's: that is what is wanted after a crawl that has died.
func (h *Handler) unlockRequests(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	q, clientKey := queueQuery(r)
	if q.Err != nil {
		return q.Err
	}
	unlocked := 0
	err := h.changeQueue(r.Context(), ref, clientKey, func(q *openQueue) error {
		for _, id := range q.index.HeldBy(clientKey) {
			f, known, err := q.load(id)
			if err != nil {
				return err
			}
			if _, locked := q.lockedUntil(f); !known || !locked || (clientKey != "" || h.Served) && f.Holder != clientKey {
				continue
			}
			if err := q.reorder(&f, orderAt(q.now, f.Forefront()), ""); err != nil {
				return err
			}
			unlocked++
		}
		return nil
	})
	if err != nil {
		return err
	}
	directory.Tally(w, int64(unlocked))
	wire.WriteData(w, http.StatusOK, map[string]int{"unlockedCount": unlocked})
	return nil
}
