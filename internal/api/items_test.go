package api

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestPagesAreCompleteAndInOrder(t *testing.T) {
	slow := func(_ int, _ http.ResponseWriter, _ *http.Request) bool {
		time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
		return false
	}
	text := strings.Repeat("x", 2000)
	long := func(i int64) string { return fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, text) }
	for name, test := range map[string]struct {
		server   *itemServer
		options  ItemsOptions
		from, to int64
	}{
		"none":                  {server: &itemServer{}},
		"one page":              {server: &itemServer{stored: 10}, to: 10},
		"exactly one page":      {server: &itemServer{stored: 1000}, to: 1000},
		"several pages":         {server: &itemServer{stored: 30_123, before: slow}, options: ItemsOptions{PageSize: 500}, to: 30_123},
		"adaptive pages":        {server: &itemServer{stored: 12_345, before: slow, item: long}, to: 12_345},
		"one at a time":         {server: &itemServer{stored: 2500}, options: ItemsOptions{PageSize: 100, Concurrency: 1}, to: 2500},
		"sixteen at a time":     {server: &itemServer{stored: 9999, before: slow}, options: ItemsOptions{PageSize: 100, Concurrency: 16}, to: 9999},
		"offset":                {server: &itemServer{stored: 5000}, options: ItemsOptions{Offset: 4321}, from: 4321, to: 5000},
		"offset behind the end": {server: &itemServer{stored: 50}, options: ItemsOptions{Offset: 60}, from: 60, to: 60},
		"limit":                 {server: &itemServer{stored: 5000}, options: ItemsOptions{Limit: 3210, PageSize: 100}, to: 3210},
		"offset and limit":      {server: &itemServer{stored: 5000}, options: ItemsOptions{Offset: 7, Limit: 2001}, from: 7, to: 2008},
		"limit behind the end":  {server: &itemServer{stored: 500}, options: ItemsOptions{Limit: 2000, PageSize: 100}, to: 500},
		"server's own limit":    {server: &itemServer{stored: 7777, limit: 300, before: slow}, options: ItemsOptions{PageSize: 1000}, to: 7777},
		"server's tiny limit":   {server: &itemServer{stored: 777, limit: 10}, to: 777},
		"no totals":             {server: &itemServer{stored: 4321, total: func(int) int64 { return -1 }}, options: ItemsOptions{PageSize: 500}, to: 4321},
		"old totals":            {server: &itemServer{stored: 3210, total: func(int) int64 { return 1000 }}, to: 3210},
		"old totals and a limit of the server": {
			server: &itemServer{stored: 3210, limit: 100, total: func(int) int64 { return 1000 }}, to: 3210,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t, test.server.ServeHTTP)
			got, err := collect(t, newTestClient(t, server), mustRef(t, testID), test.options)
			if err != nil {
				t.Fatal(err)
			}
			wantRange(t, got, test.from, test.to)
		})
	}
}

// A dataset grows with every request: whatever order answers come in, no item
// is left out between them.
func TestPagesOfAGrowingDataset(t *testing.T) {
	for name, test := range map[string]struct {
		options ItemsOptions
		stored  int64
	}{
		"one":                      {ItemsOptions{PageSize: 100, Concurrency: 1}, 1050},
		"four":                     {ItemsOptions{PageSize: 100, Concurrency: 4}, 1050},
		"eight":                    {ItemsOptions{PageSize: 100, Concurrency: 8}, 1050},
		"begun together":           {ItemsOptions{}, 950},
		"begun together, in pages": {ItemsOptions{}, 3050},
		"begun together, empty":    {ItemsOptions{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const end = 20_000
			s := &itemServer{stored: test.stored}
			s.before = func(int, http.ResponseWriter, *http.Request) bool {
				time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
				s.mu.Lock()
				s.stored = min(end, s.stored+rand.Int64N(400))
				s.mu.Unlock()
				return false
			}
			s.total = func(int) int64 { return max(0, s.stored-rand.Int64N(50)) }
			client := newTestClient(t, newServer(t, s.ServeHTTP))
			got, err := collect(t, client, mustRef(t, testID), test.options)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(got)) < test.stored {
				t.Errorf("got %d items, fewer than there were at the start", len(got))
			}
			wantRange(t, got, 0, int64(len(got)))
		})
	}
}

// An answer of a replica that lags behind must not open a gap or end the run.
func TestPagesWithATotalThatFallsBack(t *testing.T) {
	s := &itemServer{stored: 5000}
	var mutex sync.Mutex
	behind := []int64{400, 1200, 2600, 3600, 4800} // the first request from there on gets an old answer
	s.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		mutex.Lock()
		defer mutex.Unlock()
		offset, _ := strconv.ParseInt(r.URL.Query().Get("offset"), 10, 64) // none is 0
		if len(behind) == 0 || offset < behind[0] {
			return false
		}
		behind = behind[1:]
		old := itemServer{stored: 1234}
		old.ServeHTTP(w, r)
		return true
	}
	got, err := collect(t, newTestClient(t, newServer(t, s.ServeHTTP)), mustRef(t, testID), ItemsOptions{PageSize: 200})
	if err != nil {
		t.Fatal(err)
	}
	wantRange(t, got, 0, 5000)
	if len(behind) > 0 {
		t.Errorf("nothing was asked for from these offsets on: %v", behind)
	}
}

func TestPagesThatNeverComeAreAnError(t *testing.T) {
	s := &itemServer{stored: 1000, total: func(asked int) int64 {
		if asked == 1 {
			return 5000
		}
		return 1000
	}}
	got, err := collect(t, newTestClient(t, newServer(t, s.ServeHTTP)), mustRef(t, testID), ItemsOptions{PageSize: 500})
	if err == nil || !strings.Contains(err.Error(), "of 5000 items, nothing comes from offset 1000 on") {
		t.Errorf("error is %v", err)
	}
	wantRange(t, got, 0, 1000)
}

func TestPagesRequests(t *testing.T) {
	for name, test := range map[string]struct {
		server  *itemServer
		options ItemsOptions
		want    []string
	}{
		"a short page is the end":              {&itemServer{stored: 999}, ItemsOptions{}, []string{"0+1000"}},
		"a full page is not":                   {&itemServer{stored: 1000}, ItemsOptions{}, []string{"0+1000", "1000+10000"}},
		"limit of less than a page":            {&itemServer{stored: 5000}, ItemsOptions{Limit: 20}, []string{"0+20"}},
		"limit of one page":                    {&itemServer{stored: 5000}, ItemsOptions{Limit: 1000}, []string{"0+1000"}},
		"limit and page size":                  {&itemServer{stored: 5000}, ItemsOptions{Limit: 50, PageSize: 20}, []string{"0+20", "20+20", "40+10"}},
		"a filtered page up to the total":      {&itemServer{stored: 999}, ItemsOptions{Clean: true}, []string{"0+1000", "0+999"}},
		"the offset goes along":                {&itemServer{stored: 12}, ItemsOptions{Offset: 3}, []string{"3+1000"}},
		"the server's limit is taken over":     {&itemServer{stored: 250, limit: 100}, ItemsOptions{}, []string{"0+1000", "100+100", "200+100"}},
		"an empty dataset takes one":           {&itemServer{}, ItemsOptions{}, []string{"0+1000"}},
		"without a total until an empty page":  {&itemServer{stored: 3, total: func(int) int64 { return -1 }}, ItemsOptions{PageSize: 2}, []string{"0+2", "2+2", "3+2"}},
		"pages of one request of user's limit": {&itemServer{stored: 7}, ItemsOptions{Limit: 7, PageSize: 7}, []string{"0+7"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.options.Concurrency = 1
			if _, err := collect(t, newTestClient(t, newServer(t, test.server.ServeHTTP)), mustRef(t, testID), test.options); err != nil {
				t.Fatal(err)
			}
			if got := test.server.asked(); !slices.Equal(got, test.want) {
				t.Errorf("asked for %v, want %v", got, test.want)
			}
		})
	}
}

// What is asked for before the first answer: a few ranges, but one where that may
// well be all there is, or where the user wants few requests.
func TestPagesBeginTogether(t *testing.T) {
	for name, test := range map[string]struct {
		options ItemsOptions
		want    []string
	}{
		"all":             {ItemsOptions{}, []string{"0+1000", "1000+1000", "2000+1000", "3000+1000"}},
		"limit":           {ItemsOptions{Limit: 1010}, []string{"0+1000", "1000+10"}},
		"small limit":     {ItemsOptions{Limit: 20}, []string{"0+20"}},
		"few connections": {ItemsOptions{Concurrency: 4}, []string{"0+1000"}},
		"offset":          {ItemsOptions{Offset: 1}, []string{"1+1000"}},
		"page size":       {ItemsOptions{PageSize: 50}, []string{"0+50"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := make(chan struct{})
			var first []string
			s := &itemServer{stored: 2500}
			s.before = func(asked int, _ http.ResponseWriter, _ *http.Request) bool {
				if asked == len(test.want) {
					first = s.asked()
					close(all)
				}
				<-all
				return false
			}
			got, err := collect(t, newTestClient(t, newServer(t, s.ServeHTTP)), mustRef(t, testID), test.options)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(first)
			if !slices.Equal(first, test.want) {
				t.Errorf("began with %v, want %v", first, test.want)
			}
			to := int64(2500)
			if test.options.Limit > 0 {
				to = test.options.Limit
			}
			wantRange(t, got, test.options.Offset, to)
		})
	}
}

func TestPagesOfHugeItemsAreTakenApart(t *testing.T) {
	text := strings.Repeat("x", 1<<14)
	s := &itemServer{stored: 200, item: func(i int64) string {
		return fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, text)
	}}
	client := newTestClient(t, newServer(t, s.ServeHTTP))
	f := newFetcher(client.Datasets(), mustRef(t, testID), ItemsOptions{}, client.Datasets().tokens(0, defaultConcurrency))
	f.plan.most = 1 << 20
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	next := int64(0)
	f.run(ctx, func(page Page, err error) bool {
		if err != nil || page.Offset != next || len(page.Data) > f.plan.most {
			t.Errorf("a page of %d bytes from %d, want it from %d: %v", len(page.Data), page.Offset, next, err)
			return false
		}
		next += int64(page.Count)
		return true
	})
	if next != 200 {
		t.Errorf("got %d items", next)
	}
}

func TestPagesSendWhatIsSet(t *testing.T) {
	var query atomic.Value
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		query.Store(r.URL.RawQuery)
		write(w, `[]`)
	})
	client := newTestClient(t, server)
	for want, o := range map[string]ItemsOptions{
		"format=json&limit=1000": {},
		"clean=1&desc=1&fields=a%2Cb&flatten=c&format=json&limit=5&offset=2&omit=d&outputFields=x%2Cy&simplified=1&skipEmpty=1&skipFailedPages=1&skipHidden=1&unwind=e&view=v": {
			Offset: 2, Limit: 5, Descending: true, Clean: true, SkipEmpty: true, SkipHidden: true, SkipFailedPages: true, Simplified: true,
			Fields: []string{"a", "b"}, OutputFields: []string{"x", "y"}, Omit: []string{"d"}, Unwind: []string{"e"}, Flatten: []string{"c"}, View: "v",
		},
	} {
		o.Concurrency = 1
		if _, err := collect(t, client, mustRef(t, testID), o); err != nil {
			t.Fatal(err)
		}
		if got := query.Load(); got != want {
			t.Errorf("query is %s\nwant %s", got, want)
		}
	}
}

func TestPagesKeepBytes(t *testing.T) {
	const text = `[ {"b":12345678901234567890,"a":1.0,"a":"\u00e9\/"} , {} ]`
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) { write(w, text) })
	for page, err := range newTestClient(t, server).Datasets().Pages(t.Context(), mustRef(t, testID), ItemsOptions{Limit: 2}) {
		if err != nil || string(page.Data) != text || page.Count != 2 || page.Total != -1 {
			t.Errorf("got %+v, %v", page, err)
		}
	}
}

func TestPagesStopAtAnError(t *testing.T) {
	s := &itemServer{stored: 5000, before: func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.FormValue("offset") == "2000" {
			writeError(w, http.StatusForbidden, "insufficient-permissions")
			return true
		}
		return false
	}}
	got, err := collect(t, newTestClient(t, newServer(t, s.ServeHTTP)), mustRef(t, testID), ItemsOptions{PageSize: 500})
	if !IsForbidden(err) || IsNotFound(err) {
		t.Errorf("error is %v", err)
	}
	wantRange(t, got, 0, 2000)
}

func TestBreakingOffLeavesNothingBehind(t *testing.T) {
	released := make(chan struct{})
	s := &itemServer{stored: 100_000, before: func(asked int, _ http.ResponseWriter, r *http.Request) bool {
		if asked > 3 {
			select {
			case <-r.Context().Done():
				return true
			case <-released:
			}
		}
		return false
	}}
	server := newServer(t, s.ServeHTTP)
	defer close(released)
	transport := NetworkTransport()
	client := newTestClient(t, server, func(o *Options) { o.Transport = transport })
	before := runtime.NumGoroutine()
	for _, err := range client.Datasets().Pages(t.Context(), mustRef(t, testID), ItemsOptions{PageSize: 100, Concurrency: 8}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	transport.CloseIdleConnections()
	for range 500 { // connections of client and server take a moment to end
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestCancelledPages(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &itemServer{stored: 100_000, before: func(asked int, _ http.ResponseWriter, r *http.Request) bool {
		if asked == 5 {
			cancel()
			<-r.Context().Done()
			return true
		}
		return false
	}}
	client := newTestClient(t, newServer(t, s.ServeHTTP))
	var last error
	for _, err := range client.Datasets().Pages(ctx, mustRef(t, testID), ItemsOptions{PageSize: 100}) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the last error is %v", last)
	}
}

// At most Concurrency requests are under way at once. So many pages, and as many
// again if they are small, are fetched beyond the one that is being used.
func TestPagesAreBoundedByTheWindow(t *testing.T) {
	s := &itemServer{stored: 100_000}
	client := newTestClient(t, newServer(t, s.ServeHTTP))
	pages := 0
	for _, err := range client.Datasets().Pages(t.Context(), mustRef(t, testID), ItemsOptions{PageSize: 100, Concurrency: 3}) {
		if err != nil {
			t.Fatal(err)
		}
		pages++
		if asked := len(s.asked()); asked > pages+6 {
			t.Fatalf("%d requests after %d pages", asked, pages)
		}
		if pages == 50 {
			break
		}
	}
}

// More pages than requests may wait, but no more requests are under way, also
// where a range takes several.
func TestPagesKeepToTheirRequests(t *testing.T) {
	for _, limit := range []int64{0, 40} {
		var mutex sync.Mutex
		var now, most int
		three := make(chan struct{}) // closed when so many are under way
		reached := sync.OnceFunc(func() { close(three) })
		count := func(by int) {
			mutex.Lock()
			defer mutex.Unlock()
			now += by
			if most = max(most, now); now == 3 {
				reached()
			}
		}
		s := &itemServer{stored: 4000, limit: limit, before: func(asked int, _ http.ResponseWriter, _ *http.Request) bool {
			count(1)
			defer count(-1)
			if asked > 1 { // the first one, which tells how many items there are, is alone
				select {
				case <-three:
				case <-time.After(10 * time.Second):
				}
			}
			time.Sleep(time.Millisecond)
			return false
		}}
		got, err := collect(t, newTestClient(t, newServer(t, s.ServeHTTP)), mustRef(t, testID), ItemsOptions{PageSize: 100, Concurrency: 3})
		if err != nil || len(got) != 4000 {
			t.Fatalf("%d items, %v", len(got), err)
		}
		if most != 3 {
			t.Errorf("%d requests at once, want 3", most)
		}
	}
}

// Where there is nothing, one page says so.
func TestPagesOfNothing(t *testing.T) {
	for name, o := range map[string]ItemsOptions{"empty": {}, "behind the end": {Offset: 5}, "filtered": {Clean: true}} {
		client := newTestClient(t, newServer(t, (&itemServer{}).ServeHTTP))
		pages := 0
		for page, err := range client.Datasets().Pages(t.Context(), mustRef(t, testID), o) {
			if err != nil || page.Count != 0 || page.Offset != o.Offset {
				t.Errorf("%s: %d items from %d on, %v", name, page.Count, page.Offset, err)
			}
			pages++
		}
		if pages != 1 {
			t.Errorf("%s: %d pages, want one", name, pages)
		}
	}
}
