package queue

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/local/wire"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// Routes are the endpoints below a request queue's URL.
func (h *Handler) Routes() directory.Routes {
	return directory.Routes{
		"/head":               {"GET": h.getHead},
		"/head/lock":          {"POST": h.lockHead},
		"/requests":           {"GET": h.listRequests, "POST": h.addRequest},
		"/requests/batch":     {"POST": h.addRequests, "DELETE": h.deleteRequests},
		"/requests/unlock":    {"POST": h.unlockRequests},
		"/requests/{id}":      {"GET": h.getRequest, "PUT": h.updateRequest, "DELETE": h.deleteRequest},
		"/requests/{id}/lock": {"PUT": h.prolongLock, "DELETE": h.deleteLock},
	}
}

const (
	// maxBatchBytes is the API's limit for a request's body.
	maxBatchBytes = 9_437_184
	maxBatch      = 25
)

// queueQuery reads what the endpoints have in common.
func queueQuery(r *http.Request) (q *wire.Query, clientKey string) {
	q = &wire.Query{Values: r.URL.Query()}
	clientKey = q.Values.Get("clientKey")
	if len(clientKey) > 32 {
		q.Err = wire.NewError(400, "invalid-client-key", "The client key must have 1 to 32 characters")
	}
	return q, clientKey
}

func pathRequestID(r *http.Request) (requestindex.RequestID, error) {
	id, ok := requestfile.ParseID(r.PathValue("id"))
	if !ok {
		return id, errNoSuchRequest
	}
	return id, nil
}

func readBatch(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := wire.ReadBody(w, r, maxBatchBytes)
	if err != nil {
		return nil, err
	}
	if !json.Valid(body) {
		return nil, wire.NewError(400, "invalid-request", "The request body is not valid JSON")
	}
	return body, nil
}

// added is what became of a request that was sent.
type added struct {
	RequestID         string `json:"requestId"`
	UniqueKey         string `json:"uniqueKey,omitempty"`
	WasAlreadyPresent bool   `json:"wasAlreadyPresent"`
	WasAlreadyHandled bool   `json:"wasAlreadyHandled"`
}

// addOne adds a request unless it is there.
func (q *openQueue) addOne(d *draft) (added, error) {
	result := added{RequestID: d.id.String(), UniqueKey: d.facts.UniqueKey}
	if q.index.State(d.id) == requestindex.Free {
		fresh, err := q.add(d)
		if fresh || err != nil {
			return result, err
		}
	}
	result.WasAlreadyPresent, result.WasAlreadyHandled = true, q.index.State(d.id) == requestindex.Handled
	return result, nil
}

// sentRequests is what adding and updating have in common.
type sentRequests struct {
	clientKey string
	order     int64 // of the first, if it is new
	step      int64 // to the next
	body      []byte
}

// readRequests checks the parameters before it reads the body, and takes places in
// the queue before that: who sends several batches need not wait for an answer to
// have them in order, only for the body to be read.
func (h *Handler) readRequests(w http.ResponseWriter, r *http.Request) (sent sentRequests, err error) {
	q, clientKey := queueQuery(r)
	forefront := q.Flag("forefront")
	if q.Err != nil {
		return sent, q.Err
	}
	sent = sentRequests{clientKey: clientKey, order: h.orders.take(maxBatch), step: orderStep}
	if forefront {
		sent.order, sent.step = -sent.order, -sent.step
	}
	sent.body, err = readBatch(w, r)
	return sent, err
}

func (h *Handler) addRequest(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	sent, err := h.readRequests(w, r)
	if err != nil {
		return err
	}
	d, err := newDraft(sent.body, sent.order)
	if err != nil {
		return err
	}
	var result added
	queueID := ""
	err = h.changeWith(r.Context(), ref, sent.clientKey, []*draft{d}, false, func(q *openQueue) (err error) {
		queueID = q.storage.ID
		result, err = q.addOne(d)
		return err
	})
	if err != nil {
		return err
	}
	result.UniqueKey = ""
	w.Header().Set("Location", directory.ObjectURL(r, directory.RequestQueues, queueID)+"/requests/"+result.RequestID)
	wire.WriteData(w, http.StatusCreated, result)
	return nil
}

// batchElements are the elements of a batch's body, 25 at most.
func batchElements(body []byte) ([]json.RawMessage, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(body, &elements); err != nil {
		return nil, wire.NewError(400, "invalid-request", "The request body must be an array of requests")
	}
	if len(elements) == 0 || len(elements) > maxBatch {
		return nil, wire.NewError(400, "invalid-request", fmt.Sprintf("A batch must have 1 to %d requests", maxBatch))
	}
	return elements, nil
}

// writeBatch answers with what became of a batch. A request that was to be deleted
// and was not there is in neither list: unprocessed is what can be tried again,
// and has a URL.
func writeBatch[T any](w http.ResponseWriter, status int, processed []T) {
	directory.Tally(w, int64(len(processed)))
	wire.WriteData(w, status, map[string]any{"processedRequests": processed, "unprocessedRequests": []added{}})
}

// addRequests answers POST of a batch. Every request is checked before the
// first one is added.
func (h *Handler) addRequests(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	sent, err := h.readRequests(w, r)
	if err != nil {
		return err
	}
	elements, err := batchElements(sent.body)
	if err != nil {
		return err
	}
	drafts := make([]*draft, len(elements))
	for i, element := range elements {
		if drafts[i], err = newDraft(element, sent.order+int64(i)*sent.step); err != nil {
			return err
		}
	}
	processed := make([]added, 0, len(drafts))
	err = h.changeWith(r.Context(), ref, sent.clientKey, drafts, false, func(q *openQueue) error {
		for _, d := range drafts {
			result, err := q.addOne(d)
			if err != nil {
				return err
			}
			processed = append(processed, result)
		}
		return nil
	})
	if err != nil {
		return err
	}
	writeBatch(w, http.StatusCreated, processed)
	return nil
}

func (h *Handler) deleteRequests(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	q, clientKey := queueQuery(r)
	if q.Err != nil {
		return q.Err
	}
	body, err := readBatch(w, r)
	if err != nil {
		return err
	}
	elements, err := batchElements(body)
	if err != nil {
		return err
	}
	type deleted struct {
		ID        string `json:"id,omitempty"`
		UniqueKey string `json:"uniqueKey,omitempty"`
	}
	drafts := make([]deleted, len(elements))
	for i, element := range elements {
		if json.Unmarshal(element, &drafts[i]) != nil || drafts[i].ID == "" && drafts[i].UniqueKey == "" {
			return wire.NewError(400, "invalid-request", "Each request must have an id or a uniqueKey")
		}
	}
	processed := []deleted{}
	err = h.changeQueue(r.Context(), ref, clientKey, func(q *openQueue) error {
		for _, draft := range drafts {
			id, ok := requestfile.ParseID(draft.ID)
			if draft.ID == "" {
				id, ok = requestfile.IDOf(draft.UniqueKey), true
			}
			if ok && q.discard(id) {
				processed = append(processed, draft)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	writeBatch(w, http.StatusOK, processed)
	return nil
}

func (h *Handler) getRequest(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	id, err := pathRequestID(r)
	if err != nil {
		return err
	}
	var request json.RawMessage
	err = h.readQueue(r.Context(), ref, func(q *openQueue) error {
		f, err := q.must(id)
		if err == nil {
			request, err = f.Request()
		}
		return err
	})
	if err != nil {
		return err
	}
	wire.WriteData(w, http.StatusOK, request)
	return nil
}

// updateRequest answers PUT of a request, which adds it where there is none. It
// gives the lock back, also of a request that is not handled.
func (h *Handler) updateRequest(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	sent, err := h.readRequests(w, r)
	if err != nil {
		return err
	}
	d, err := newDraft(sent.body, sent.order)
	if err != nil {
		return err
	}
	if r.PathValue("id") != d.id.String() {
		return wire.NewError(400, "request-id-invalid", "The request ID in the URL does not match the unique key")
	}
	var result added
	err = h.changeWith(r.Context(), ref, sent.clientKey, []*draft{d}, true, func(q *openQueue) (err error) {
		result, err = q.update(d)
		return err
	})
	if err != nil {
		return err
	}
	result.UniqueKey = ""
	wire.WriteData(w, http.StatusOK, result)
	return nil
}

// update stores a request instead of the one that the queue has.
func (q *openQueue) update(d *draft) (added, error) {
	f, known, err := q.load(d.id)
	if err != nil {
		return added{}, err
	}
	if !known {
		return q.addOne(d)
	}
	result := added{RequestID: d.id.String(), WasAlreadyPresent: true, WasAlreadyHandled: f.Order == 0}
	name, _ := q.index.File(d.id)
	return result, q.storeDraft(d, f.Layout, name, false)
}

func (h *Handler) deleteRequest(w http.ResponseWriter, r *http.Request, ref directory.Ref) error {
	q, clientKey := queueQuery(r)
	if q.Err != nil {
		return q.Err
	}
	id, err := pathRequestID(r)
	if err != nil {
		return err
	}
	err = h.changeQueue(r.Context(), ref, clientKey, func(q *openQueue) error {
		if !q.discard(id) {
			return errNoSuchRequest
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// requestFacts are the members of a request that the queue itself looks at.
type requestFacts struct {
	ID        string `json:"id,omitempty"`
	URL       string `json:"url"`
	UniqueKey string `json:"uniqueKey"`
	Method    string `json:"method,omitempty"`
	HandledAt any    `json:"handledAt,omitempty"`
}
