package api

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// manyServer has datasets of so many items, as their names say.
type manyServer struct {
	before   func(name string)
	requests atomic.Int64
	atOnce   atomic.Int64
	most     atomic.Int64
	text     string
	mu       sync.Mutex
	asked    []string
}

func (s *manyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	now := s.atOnce.Add(1)
	defer s.atOnce.Add(-1)
	s.mu.Lock()
	s.most.Store(max(s.most.Load(), now))
	s.mu.Unlock()
	name := strings.Split(r.URL.Path, "/")[3]
	if s.before != nil {
		s.before(name)
	}
	size, err := strconv.ParseInt(strings.TrimPrefix(name, "~d"), 10, 64)
	if err != nil {
		writeError(w, http.StatusNotFound, "record-not-found")
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, name+" "+r.URL.Query().Get("offset")+"+"+r.URL.Query().Get("limit"))
	s.mu.Unlock()
	one := itemServer{stored: size, item: func(i int64) string { return fmt.Sprintf(`{"d":%d,"n":%d,"x":"%s"}`, size, i, s.text) }}
	one.ServeHTTP(w, r)
}

func partsOf(t *testing.T, sizes []int64, known bool) (parts []Part) {
	t.Helper()
	for _, size := range sizes {
		part := Part{Ref: mustRef(t, fmt.Sprintf("~d%d", size))}
		if known {
			part.Count = size
		}
		parts = append(parts, part)
	}
	return parts
}

func TestPagesOfMany(t *testing.T) {
	var sizes []int64
	for i := range int64(80) {
		sizes = append(sizes, i*i%1700)
	}
	for name, test := range map[string]struct {
		known   bool
		options ItemsOptions
		text    string
	}{
		"usually":                 {},
		"counts are known":        {known: true},
		"one request at a time":   {options: ItemsOptions{Concurrency: 1}},
		"pages of a certain size": {options: ItemsOptions{PageSize: 100, Concurrency: 5}},
		"too large to wait":       {known: true, text: strings.Repeat("long ", 300)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &manyServer{text: test.text}
			client := newTestClient(t, newServer(t, s.ServeHTTP))
			part, n := 0, int64(0)
			for page, err := range client.Datasets().PagesOfMany(t.Context(), partsOf(t, sizes, test.known), test.options) {
				if err != nil {
					t.Fatal(err)
				}
				for part < page.Part {
					if n != sizes[part] {
						t.Fatalf("dataset %d: %d items, want %d", part, n, sizes[part])
					}
					part, n = part+1, 0
				}
				want := fmt.Sprintf(`[{"d":%d,"n":%d,`, sizes[part], n)
				if page.Count > 0 && !strings.HasPrefix(string(page.Data), want) {
					t.Fatalf("dataset %d: a page begins with %.30s, want %s", part, page.Data, want)
				}
				n += int64(page.Count)
			}
			if n != sizes[len(sizes)-1] {
				t.Errorf("the last dataset: %d items", n)
			}
			if c := test.options.Concurrency; c > 0 && s.most.Load() > int64(c) {
				t.Errorf("%d requests at once", s.most.Load())
			}
		})
	}
}

// A dataset whose size is known takes one request.
func TestPagesOfManyRequests(t *testing.T) {
	sizes := make([]int64, 100)
	for i := range sizes {
		sizes[i] = 1000
	}
	s := &manyServer{before: func(string) { time.Sleep(time.Millisecond) }}
	client := newTestClient(t, newServer(t, s.ServeHTTP))
	for _, err := range client.Datasets().PagesOfMany(t.Context(), partsOf(t, sizes, true), ItemsOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := s.requests.Load(); got != 100 {
		t.Errorf("%d requests for 100 datasets: %v", got, s.asked)
	}
}

// So does what is left of one from an offset on.
func TestPagesOfManyFromAnOffset(t *testing.T) {
	s := &manyServer{}
	client := newTestClient(t, newServer(t, s.ServeHTTP))
	parts := partsOf(t, []int64{1500, 1600, 3000}, true)
	parts[0].Offset, parts[1].Offset, parts[2].Offset = 1490, 1600, 2500
	items := 0
	for page, err := range client.Datasets().PagesOfMany(t.Context(), parts, ItemsOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		items += page.Count
	}
	slices.Sort(s.asked)
	if want := []string{"~d1500 1490+11", "~d1600 1600+1", "~d3000 2500+501"}; items != 510 || !slices.Equal(s.asked, want) {
		t.Errorf("%d items by %v, want 510 by %v", items, s.asked, want)
	}
}

func TestPagesOfManyFail(t *testing.T) {
	s := &manyServer{}
	client := newTestClient(t, newServer(t, s.ServeHTTP))
	parts := partsOf(t, []int64{10, 20, 30}, false)
	parts[1].Ref = mustRef(t, "~no-such")
	items, at := 0, -1
	var failed error
	for page, err := range client.Datasets().PagesOfMany(t.Context(), parts, ItemsOptions{}) {
		items += page.Count
		if err != nil {
			failed, at = err, page.Part
		}
	}
	if !IsNotFound(failed) || at != 1 || items != 10 {
		t.Errorf("%d items, then at dataset %d: %v", items, at, failed)
	}
}
