package objectstores

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// account answers like an account with one dataset, of any number of items of
// about 1 KB, and can be held up or fail at an item.
type account struct {
	*httptest.Server
	total   int
	asked   atomic.Int64 // requests for items
	mutex   sync.Mutex
	failAt  int // items from here on cannot be had; 0: all can
	holdAt  int // they wait for release from here on; 0: none does
	release chan struct{}
	held    chan struct{} // gets a value for each request that waits
}

const datasetID = "oBjectStoreTest01"

func newAccount(t *testing.T, items int) *account {
	t.Helper()
	a := &account{total: items, release: make(chan struct{}), held: make(chan struct{}, 100)}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

// item is the same each time, and unlike the others.
func item(n int) string {
	seed := uint64(n)*0x9e3779b97f4a7c15 + 1
	var text strings.Builder
	for text.Len() < 900 {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		fmt.Fprintf(&text, "%016x", seed)
	}
	return fmt.Sprintf(`{"id":%d,"name":"item %d","text":"%s"}`, n, n, text.String())
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if !strings.HasSuffix(r.URL.Path, "/items") {
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{
			"id": datasetID, "name": "things", "userId": "uSer", "createdAt": "2026-01-01T00:00:00.000Z", "modifiedAt": "2026-01-01T00:00:00.000Z",
			"accessedAt": "2026-01-01T00:00:00.000Z", "itemCount": a.total, "cleanItemCount": a.total,
		}})
		return
	}
	a.asked.Add(1)
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil {
		limit = 1000
	}
	end := min(a.total, offset+limit)
	a.mutex.Lock()
	failAt, holdAt, release := a.failAt, a.holdAt, a.release
	a.mutex.Unlock()
	if holdAt > 0 && end > holdAt {
		a.held <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
			return
		}
	}
	if failAt > 0 && end > failAt {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":{"type":"broken-item","message":"these items are lost"}}`))
		return
	}
	for name, value := range map[string]int{"Offset": offset, "Limit": limit, "Count": max(0, end-offset), "Total": a.total} {
		w.Header().Set("X-Apify-Pagination-"+name, strconv.Itoa(value))
	}
	text := []byte{'['}
	for n := offset; n < end; n++ {
		if n > offset {
			text = append(text, ',')
		}
		text = append(text, item(n)...)
	}
	_, _ = w.Write(append(text, ']'))
}

// lines are the items as JSON Lines.
func (a *account) lines() string {
	var text strings.Builder
	for n := range a.total {
		text.WriteString(item(n) + "\n")
	}
	return text.String()
}

// hold has requests for items behind one wait until let is called.
func (a *account) hold(at int) (let func()) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	release := make(chan struct{})
	a.holdAt, a.release = at, release
	return func() {
		a.mutex.Lock()
		defer a.mutex.Unlock()
		a.holdAt = 0
		close(release)
	}
}

func (a *account) fail(at int) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.failAt = at
}
