package mockapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// queued is a request in a queue.
type queued struct {
	id      string
	members map[string]any
	place   float64 // the lowest is the first
	until   time.Time
	client  string // who holds the lock
}

func (q *queued) locked() bool  { return q.until.After(time.Now()) }
func (q *queued) handled() bool { return q.members["handledAt"] != nil }

func (q *queued) shown() map[string]any {
	shown := map[string]any{}
	for name, value := range q.members {
		shown[name] = value
	}
	shown["id"] = q.id
	if q.locked() {
		shown["lockExpiresAt"], shown["lockByClient"] = q.until.UTC().Format(timeLayout), q.client
	}
	return shown
}

func requestID(uniqueKey string) string {
	sum := sha256.Sum256([]byte(uniqueKey))
	return strings.NewReplacer("+", "", "/", "", "=", "").Replace(base64.StdEncoding.EncodeToString(sum[:]))[:15]
}

const (
	batchRequests = 25
	batchBytes    = 9_437_184
)

// queue answers below /request-queues/ID.
func (s *Server) queue(r *http.Request, who *caller, target *storage, rest []string, body []byte) (answer, error) {
	if r.Method != http.MethodGet {
		if err := mayWrite(who, target); err != nil {
			return answer{}, err
		}
	}
	body, err := decodeBody(r, body)
	if err != nil {
		return answer{}, err
	}
	if len(body) > batchBytes {
		return answer{}, errorf(http.StatusRequestEntityTooLarge, "request-too-large", "The request is too large")
	}
	target.noteClient(r.URL.Query().Get("clientKey"))
	switch route := r.Method + " " + strings.Join(rest, "/"); {
	case route == "GET head":
		return target.head(r, nil)
	case route == "POST head/lock":
		return target.lockHead(r)
	case route == "GET requests":
		return target.requestPage(r)
	case route == "POST requests":
		return target.addRequest(r, body)
	case route == "POST requests/batch":
		return s.addBatch(r, target, body)
	case route == "DELETE requests/batch":
		return target.deleteBatch(body)
	case route == "POST requests/unlock":
		return target.unlock(r.URL.Query().Get("clientKey")), nil
	case len(rest) == 2 && rest[0] == "requests":
		return target.oneRequest(r, rest[1], body)
	}
	return answer{}, errorf(http.StatusNotFound, "page-not-found", "We have bad news: there is no API endpoint at this URL.")
}

func (t *storage) noteClient(key string) {
	switch {
	case key == "":
	case t.client == "":
		t.client = key
	case t.client != key:
		t.severalClients = true
	}
}

func (t *storage) queuedBy(id string) (int, *queued) {
	for i, each := range t.queue {
		if each.id == id {
			return i, each
		}
	}
	return -1, nil
}

// inOrder is what may be handed out.
func (t *storage) inOrder() []*queued {
	var ready []*queued
	for _, each := range t.queue {
		if !each.handled() && !each.locked() {
			ready = append(ready, each)
		}
	}
	slices.SortStableFunc(ready, func(a, b *queued) int { return cmp.Compare(a.place, b.place) })
	return ready
}

func (t *storage) nextPlace(r *http.Request) float64 {
	t.places++
	if flag(r.URL.Query(), "forefront") {
		return -t.places
	}
	return t.places
}

func (t *storage) head(r *http.Request, each func(*queued)) (answer, error) {
	limit, err := wholeNumber(r.URL.Query(), "limit", 100)
	if err != nil {
		return answer{}, err
	}
	items := []any{}
	for _, found := range t.inOrder() {
		if len(items) == limit {
			break
		}
		if each != nil {
			each(found)
		}
		items = append(items, found.shown())
	}
	return dataAnswer(http.StatusOK, map[string]any{
		"limit": limit, "hadMultipleClients": t.severalClients, "items": items,
		"queueModifiedAt": t.modified.Format(timeLayout),
	}), nil
}

func (t *storage) lockHead(r *http.Request) (answer, error) {
	query := r.URL.Query()
	seconds, err := wholeNumber(query, "lockSecs", 0)
	if err != nil || seconds == 0 {
		return answer{}, errorf(http.StatusBadRequest, "invalid-value", "lockSecs is required")
	}
	reply, err := t.head(r, func(found *queued) {
		found.until, found.client = time.Now().Add(time.Duration(seconds)*time.Second), query.Get("clientKey")
	})
	reply.status = http.StatusCreated
	return reply, err
}

// requestPage lists by ID. The cursor is text of its own: nobody may count on
// what it says.
func (t *storage) requestPage(r *http.Request) (answer, error) {
	query := r.URL.Query()
	limit, err := wholeNumber(query, "limit", 10_000)
	if err != nil {
		return answer{}, err
	}
	all := slices.SortedFunc(slices.Values(t.queue), func(a, b *queued) int { return cmp.Compare(a.id, b.id) })
	after, _ := strings.CutPrefix(query.Get("cursor"), "after:")
	items, next := []any{}, ""
	for _, each := range all {
		filter := query.Get("filter")
		state := "pending"
		if each.locked() {
			state = "locked"
		}
		if each.id <= after || filter != "" && (each.handled() || !slices.Contains(strings.Split(filter, ","), state)) {
			continue
		}
		if len(items) == limit {
			next = "after:" + items[limit-1].(map[string]any)["id"].(string) //nolint:forcetypeassert // made below
			break
		}
		items = append(items, each.shown())
	}
	page := map[string]any{"items": items, "count": len(items), "limit": limit}
	if next != "" {
		page["nextCursor"] = next
	}
	return dataAnswer(http.StatusOK, page), nil
}

// put adds a request, or finds that it is there.
func (t *storage) putRequest(r *http.Request, members map[string]any) (map[string]any, error) {
	key, _ := members["uniqueKey"].(string)
	url, _ := members["url"].(string)
	if key == "" || url == "" {
		return nil, errorf(http.StatusBadRequest, "invalid-request", "uniqueKey and url are required")
	}
	id := requestID(key)
	if given, ok := members["id"]; ok && given != id {
		return nil, errorf(http.StatusBadRequest, "request-id-invalid", "The ID does not match the unique key")
	}
	result := map[string]any{"requestId": id, "uniqueKey": key, "wasAlreadyPresent": false, "wasAlreadyHandled": false}
	if _, found := t.queuedBy(id); found != nil {
		result["wasAlreadyPresent"], result["wasAlreadyHandled"] = true, found.handled()
		return result, nil
	}
	t.queue = append(t.queue, &queued{id: id, members: members, place: t.nextPlace(r)})
	return result, nil
}

func (t *storage) addRequest(r *http.Request, body []byte) (answer, error) {
	var members map[string]any
	if err := json.Unmarshal(body, &members); err != nil {
		return answer{}, errorf(http.StatusBadRequest, "invalid-request", "no JSON object")
	}
	result, err := t.putRequest(r, members)
	if err != nil {
		return answer{}, err
	}
	delete(result, "uniqueKey")
	return dataAnswer(http.StatusCreated, result), nil
}

func (s *Server) addBatch(r *http.Request, t *storage, body []byte) (answer, error) {
	var batch []map[string]any
	if err := json.Unmarshal(body, &batch); err != nil || len(batch) == 0 || len(batch) > batchRequests {
		return answer{}, errorf(http.StatusBadRequest, "invalid-request", "a batch has 1 to %s requests", strconv.Itoa(batchRequests))
	}
	processed, unprocessed := []any{}, []any{}
	left := 0
	if s.behave.UnprocessedAnswers > 0 {
		s.behave.UnprocessedAnswers--
		left = min(s.behave.Unprocessed, len(batch))
	}
	for i, members := range batch {
		if i >= len(batch)-left {
			unprocessed = append(unprocessed, map[string]any{"uniqueKey": members["uniqueKey"], "url": members["url"], "method": members["method"]})
			continue
		}
		if s.behave.AddsPending {
			delete(members, "handledAt")
		}
		result, err := t.putRequest(r, members)
		if err != nil {
			return answer{}, err
		}
		processed = append(processed, result)
	}
	return dataAnswer(http.StatusCreated, map[string]any{"processedRequests": processed, "unprocessedRequests": unprocessed}), nil
}

func (t *storage) deleteBatch(body []byte) (answer, error) {
	var batch []struct{ ID, UniqueKey string }
	if err := json.Unmarshal(body, &batch); err != nil || len(batch) == 0 || len(batch) > batchRequests {
		return answer{}, errorf(http.StatusBadRequest, "invalid-request", "a batch has 1 to %s requests", strconv.Itoa(batchRequests))
	}
	processed, unprocessed := []any{}, []any{}
	for _, each := range batch {
		id := cmp.Or(each.ID, requestID(each.UniqueKey))
		if i, found := t.queuedBy(id); found != nil {
			t.queue = slices.Delete(t.queue, i, i+1)
			processed = append(processed, map[string]any{"id": id})
		} else {
			unprocessed = append(unprocessed, map[string]any{"id": id})
		}
	}
	return dataAnswer(http.StatusOK, map[string]any{"processedRequests": processed, "unprocessedRequests": unprocessed}), nil
}

func (t *storage) unlock(client string) answer {
	count := 0
	for _, each := range t.queue {
		if each.locked() && each.client == client {
			each.until = time.Time{}
			count++
		}
	}
	return dataAnswer(http.StatusOK, map[string]any{"unlockedCount": count})
}

func (t *storage) oneRequest(r *http.Request, id string, body []byte) (answer, error) {
	i, found := t.queuedBy(id)
	if found == nil && r.Method != http.MethodPut {
		return answer{}, errorf(http.StatusNotFound, "record-not-found", "Request was not found")
	}
	switch r.Method {
	case http.MethodGet:
		return dataAnswer(http.StatusOK, found.shown()), nil
	case http.MethodDelete:
		t.queue = slices.Delete(t.queue, i, i+1)
		return answer{http.StatusNoContent, http.Header{}, nil}, nil
	case http.MethodPut:
		var members map[string]any
		if err := json.Unmarshal(body, &members); err != nil {
			return answer{}, errorf(http.StatusBadRequest, "invalid-request", "no JSON object")
		}
		result, err := t.putRequest(r, members)
		if err != nil {
			return answer{}, err
		}
		if found != nil {
			found.members, found.place = members, t.nextPlace(r)
			if found.handled() {
				found.until = time.Time{}
			}
		}
		return dataAnswer(http.StatusOK, result), nil
	}
	return answer{}, errorf(http.StatusMethodNotAllowed, "method-not-allowed", "This API end-point can only be accessed using the following HTTP methods: GET, PUT, DELETE")
}

// Lock has the first n requests of a queue locked by a client for a minute.
func (s *Server) Lock(id, client string, n int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	t := s.byID(id)
	t.noteClient(client)
	for _, found := range t.inOrder()[:n] {
		found.until, found.client = time.Now().Add(time.Minute), client
	}
}
