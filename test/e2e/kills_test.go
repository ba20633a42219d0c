package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/uniquekey"
)

// Clients push, put, add and update without a pause while the server is killed
// at random moments and started again. What was acknowledged is there at the
// end, whatever was read meanwhile was whole, and the next server leaves no
// litter. APIFYCTL_SLOW_TESTS=1: 64 clients and 100 kills.
func TestKillsLoseNothing(t *testing.T) {
	t.Parallel()
	clients, kills, apart := 8, 4, 500
	if os.Getenv("APIFYCTL_SLOW_TESTS") != "" {
		clients, kills, apart = 64, 100, 1000
	}
	s := newServed(t)
	s.start()
	f := &flood{served: s, dataset: s.create("datasets"), store: s.create("key-value-stores"), queue: s.create("request-queues")}
	writers := make([]*floodClient, clients)
	var group sync.WaitGroup
	for i := range writers {
		writers[i] = newFloodClient(f, i)
		group.Go(writers[i].run)
	}
	for range kills {
		time.Sleep(time.Duration(100+rand.IntN(apart)) * time.Millisecond)
		s.kill()
		s.start()
	}
	f.over.Store(true)
	group.Wait()
	s.kill()
	s.start()
	done := f.verify(writers)
	f.noLitter()
	t.Logf("%d clients, %d kills; acknowledged: %s", clients, kills, done)
}

// flood is what all clients work on.
type flood struct {
	*served
	dataset, store, queue string
	over                  atomic.Bool
	mayFail               atomic.Bool // the server cannot do everything that it is asked for
	inPart                bool        // the first items of a push that failed may be there
}

// A client knows what it was told about each thing that it did; nobody else
// changes the same records and requests.
type floodClient struct {
	*flood
	who, turn int
	batches   map[string]batchFate
	values    map[string]*valueFate
	requests  map[string]*requestFate
}

type batchFate struct {
	size         int
	acknowledged bool
}

type valueFate struct{ tried, acknowledged int }

type requestFate struct{ added, handled bool } // acknowledged

func newFloodClient(f *flood, who int) *floodClient {
	return &floodClient{flood: f, who: who, batches: map[string]batchFate{}, values: map[string]*valueFate{}, requests: map[string]*requestFate{}}
}

func (c *floodClient) run() {
	for ; !c.over.Load(); c.turn++ {
		switch c.turn % 6 {
		case 0:
			c.push()
		case 1, 2:
			c.put()
		case 3:
			c.addRequests()
		case 4:
			c.handleRequest()
		case 5:
			c.read()
		}
	}
}

// did does a request; false where nobody knows whether it was done.
func (c *floodClient) did(method, path string, body any, want int) bool {
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Error(err)
		return false
	}
	status, answer, err := c.ask(method, path, text)
	if err != nil {
		time.Sleep(10 * time.Millisecond) // it is being started
		return false
	}
	if status != want && !c.mayFail.Load() {
		c.t.Errorf("%s %s: %d %s", method, path, status, answer)
	}
	return status == want
}

// floodItem carries what it takes to tell that it is whole, and that its batch is.
type floodItem struct {
	Batch string `json:"batch"`
	Place int    `json:"place"`
	Of    int    `json:"of"`
	Text  string `json:"text"`
	Sum   string `json:"sum"`
}

func newFloodItem(batch string, place, of int) floodItem {
	text := strings.Repeat(fmt.Sprintf("%s-%d ", batch, place), 1+rand.IntN(60))
	return floodItem{batch, place, of, text, sum(batch, text)}
}

func (i floodItem) whole() bool { return i.Sum == sum(i.Batch, i.Text) }

func sum(parts ...string) string {
	hash := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(hash[:8])
}

func (c *floodClient) push() {
	batch, size := fmt.Sprintf("%d-%d", c.who, c.turn), 1+rand.IntN(12)
	items := make([]floodItem, size)
	for i := range items {
		items[i] = newFloodItem(batch, i, size)
	}
	c.batches[batch] = batchFate{size, false}
	c.batches[batch] = batchFate{size, c.did(http.MethodPost, c.dataset+"/items", items, http.StatusCreated)}
}

func (c *floodClient) put() {
	key := fmt.Sprintf("key-%d-%d", c.who, rand.IntN(20))
	fate := c.values[key]
	if fate == nil {
		fate = &valueFate{}
		c.values[key] = fate
	}
	fate.tried++
	tried := fate.tried
	if c.did(http.MethodPut, c.store+"/records/"+key, newFloodItem(key, tried, 0), http.StatusCreated) {
		fate.acknowledged = tried
	}
}

func (c *floodClient) addRequests() {
	var added []map[string]string
	for i := range 1 + rand.IntN(25) {
		url := fmt.Sprintf("https://example.com/%d/%d/%d", c.who, c.turn, i)
		added = append(added, map[string]string{"url": url, "uniqueKey": url})
		c.requests[url] = &requestFate{}
	}
	text, err := json.Marshal(added)
	if err != nil {
		c.t.Error(err)
		return
	}
	status, answer, err := c.ask(http.MethodPost, c.queue+"/requests/batch", text)
	if err != nil {
		time.Sleep(10 * time.Millisecond)
		return
	}
	var result struct {
		Data struct {
			ProcessedRequests []struct{ UniqueKey string }
		}
	}
	if err := json.Unmarshal(answer, &result); err != nil || status >= 300 {
		if c.mayFail.Load() {
			return
		}
		c.t.Errorf("adding requests: %d %s, %v", status, answer, err)
		return
	}
	for _, request := range result.Data.ProcessedRequests {
		c.requests[request.UniqueKey].added = true
	}
}

func (c *floodClient) handleRequest() {
	for url, fate := range c.requests {
		if !fate.added || fate.handled {
			continue
		}
		id := uniquekey.RequestID(url)
		fate.handled = c.did(http.MethodPut, c.queue+"/requests/"+id, map[string]string{
			"id": id, "url": url, "uniqueKey": url, "handledAt": "2026-01-02T03:04:05.000Z",
		}, http.StatusOK)
		return
	}
}

// read looks at a value, and at the end of the dataset.
func (c *floodClient) read() {
	for key, fate := range c.values {
		known := fate.acknowledged
		if status, answer, err := c.ask(http.MethodGet, c.store+"/records/"+key, nil); err == nil {
			c.checkValue(key, known, fate.tried, status, answer)
		}
		break
	}
	status, answer, err := c.ask(http.MethodGet, c.dataset+"/items?desc=1&limit=20", nil)
	if err != nil {
		return
	}
	var items []floodItem
	if err := json.Unmarshal(answer, &items); err != nil || status != http.StatusOK {
		c.t.Errorf("items: %d, %v in %.200s", status, err, answer)
		return
	}
	for i, item := range items {
		last := i == 0 || items[i-1].Batch != item.Batch
		if !item.whole() || last && item.Place != item.Of-1 || !last && item.Place != items[i-1].Place-1 {
			c.t.Errorf("a part of a push was served: %+v", item)
		}
	}
}

func (c *floodClient) checkValue(key string, acknowledged, tried, status int, answer []byte) {
	if status == http.StatusNotFound && acknowledged == 0 {
		return
	}
	var value floodItem
	if err := json.Unmarshal(answer, &value); err != nil || status != http.StatusOK {
		c.t.Errorf("record %s: %d, %v in %.200s", key, status, err, answer)
		return
	}
	if !value.whole() || value.Batch != key || value.Place < acknowledged || value.Place > tried {
		c.t.Errorf("record %s, acknowledged %d of %d: %+v", key, acknowledged, tried, value)
	}
}

// verify compares what is stored with what the clients were told.
func (f *flood) verify(clients []*floodClient) string {
	f.t.Helper()
	_, answer, err := f.ask(http.MethodGet, f.dataset+"/items", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	var items []floodItem
	if err := json.Unmarshal(answer, &items); err != nil {
		f.t.Fatal(err)
	}
	stored := map[string]int{}
	for i, item := range items {
		if !item.whole() || item.Place > 0 && (i == 0 || items[i-1].Batch != item.Batch || items[i-1].Place != item.Place-1) {
			f.t.Errorf("item %d is not whole, or not in its place: %+v", i, item)
		}
		stored[item.Batch]++
	}
	handled := f.storedRequests()
	batches, values, added, updated := 0, 0, 0, 0
	for _, c := range clients {
		for batch, fate := range c.batches {
			if got := stored[batch]; got != fate.size && (got > 0 && !f.inPart || fate.acknowledged) {
				f.t.Errorf("batch %s, acknowledged: %t: %d items of %d", batch, fate.acknowledged, got, fate.size)
			}
			batches += count(fate.acknowledged)
			delete(stored, batch)
		}
		for key, fate := range c.values {
			status, answer, err := f.ask(http.MethodGet, f.store+"/records/"+key, nil)
			if err != nil {
				f.t.Fatal(err)
			}
			c.checkValue(key, fate.acknowledged, fate.tried, status, answer)
			values += fate.acknowledged
		}
		for url, fate := range c.requests {
			isHandled, there := handled[url]
			if !there && fate.added || !isHandled && fate.handled {
				f.t.Errorf("request %s: stored %t, handled %t; acknowledged: %+v", url, there, isHandled, *fate)
			}
			added += count(fate.added)
			updated += count(fate.handled)
		}
	}
	if len(stored) > 0 {
		f.t.Errorf("pushed by nobody: %v", stored)
	}
	return fmt.Sprintf("%d pushes, up to put %d of records, %d requests added, %d handled; %d items stored", batches, values, added, updated, len(items))
}

// noLitter looks for temporary files, and for files of records that are no record.
func (f *flood) noLitter() {
	f.t.Helper()
	temporary, err := os.ReadDir(filepath.Join(f.dir, ".apifyctl", "tmp"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) || len(temporary) > 0 {
		f.t.Errorf("temporary files are left: %v, %v", temporary, err)
	}
	files, err := os.ReadDir(filepath.Join(f.dir, "key_value_stores", "shared"))
	if err != nil {
		f.t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(f.dir, "key_value_stores", "shared", file.Name()))
		var value floodItem
		if err != nil || json.Unmarshal(text, &value) != nil || !value.whole() {
			f.t.Errorf("%s is no whole record: %.200s, %v", file.Name(), text, err)
		}
	}
}

// storedRequests are the queue's, by URL, and whether they are handled.
func (f *flood) storedRequests() map[string]bool {
	f.t.Helper()
	handled := map[string]bool{}
	for cursor := ""; ; {
		var page struct {
			Items      []struct{ URL, HandledAt string }
			NextCursor string
		}
		f.data(http.MethodGet, f.queue+"/requests?limit=10000&cursor="+cursor, nil, &page)
		for _, request := range page.Items {
			handled[request.URL] = request.HandledAt != ""
		}
		if cursor = page.NextCursor; cursor == "" {
			return handled
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
