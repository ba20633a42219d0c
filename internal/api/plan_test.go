package api

import "testing"

// How large pages are is decided by the bytes of their items, by how many
// requests are under way, and by whether a rate limit holds them up.
func TestPageSizes(t *testing.T) {
	const kilobyte = 1024
	for name, test := range map[string]struct {
		concurrency int
		held        bool
		perItem     int
		want        int64
	}{
		"by default":               {24, false, kilobyte, 3072},
		"held up":                  {24, true, kilobyte, 4096},
		"few requests":             {4, false, kilobyte, 2048},
		"few requests, held up":    {4, true, kilobyte, 2048},
		"many requests":            {64, false, kilobyte, 3072},
		"small items, ten times":   {24, false, 10, 10 * firstPage},
		"large items":              {24, false, 20 * kilobyte, 153},
		"huge items":               {24, false, 1000 * kilobyte, 12},
		"items larger than a page": {24, false, 10_000 * kilobyte, 1},
	} {
		p := newPlan(ItemsOptions{Concurrency: test.concurrency})
		if _, limit := p.next(); limit != firstPage {
			t.Errorf("%s: begins with %d", name, limit)
		}
		items := min(firstPage, 100_000*kilobyte/test.perItem) // of a page that is not itself huge
		p.came(Page{Data: make([]byte, items*test.perItem), Count: items, Limit: int64(items), Total: 1_000_000, held: test.held}, int64(items))
		if _, limit := p.next(); limit != test.want {
			t.Errorf("%s: goes on with %d items, want %d", name, limit, test.want)
		}
	}
}

// As many pages as there are requests, and some more, wait where that takes
// little memory; fewer where pages come without compression.
func TestWindow(t *testing.T) {
	const kilobyte = 1024
	for name, test := range map[string]struct {
		requests int
		wire     int // bytes of an item as it came
		want     int
	}{
		"nothing known":              {24, 0, 24},
		"compressed":                 {24, kilobyte / 4, 24 + 10},
		"not compressed":             {24, kilobyte, 10},
		"few requests":               {4, kilobyte / 4, 2 * 4},
		"few requests, uncompressed": {4, kilobyte, 6},
		"one request":                {1, kilobyte / 4, 2},
	} {
		p := newPlan(ItemsOptions{Concurrency: test.requests})
		p.next()
		if test.wire > 0 {
			p.came(Page{Data: make([]byte, firstPage*kilobyte), Count: firstPage, Limit: firstPage, Total: 1_000_000, wire: firstPage * test.wire}, firstPage)
		}
		if got := p.window(test.requests); got != test.want {
			t.Errorf("%s: %d pages, want %d", name, got, test.want)
		}
	}
	if got := newPlan(ItemsOptions{Concurrency: 1}).window(1); got != 1 {
		t.Errorf("%d pages before the first", got)
	}
}

// A page is held against what follows from its own range and total.
func TestPagesContradictThemselves(t *testing.T) {
	for _, test := range []struct {
		name     string
		filtered bool
		total    int64 // seen before
		page     Page
		wrong    bool
	}{
		{"full", false, 10, Page{Offset: 0, Limit: 5, Count: 5, Total: 10}, false},
		{"one more than asked for", false, 10, Page{Offset: 0, Limit: 5, Count: 6, Total: 10}, true},
		{"one less", false, 10, Page{Offset: 0, Limit: 5, Count: 4, Total: 10}, true},
		{"the last", false, 10, Page{Offset: 8, Limit: 5, Count: 2, Total: 10}, false},
		{"the last lacks one", false, 10, Page{Offset: 8, Limit: 5, Count: 1, Total: 10}, true},
		{"no total", false, -1, Page{Offset: 0, Limit: 5, Count: 3, Total: -1}, false},
		{"filtered", true, 10, Page{Offset: 0, Limit: 5, Count: 1, Total: 10}, false},
		{"filtered, behind the total", true, 10, Page{Offset: 10, Limit: 5, Count: 1, Total: 10}, true},
		{"filtered, at the last item", true, 10, Page{Offset: 9, Limit: 5, Count: 1, Total: 10}, false},
		{"filtered, empty behind the total", true, 10, Page{Offset: 10, Limit: 5, Count: 0, Total: 10}, false},
		{"filtered, no total", true, 10, Page{Offset: 10, Limit: 5, Count: 1, Total: -1}, false},
		{"filtered, nothing stored", true, 0, Page{Offset: 0, Limit: 5, Count: 1, Total: 0}, true},
		{"filtered, a total that shrank to before the page's end", true, 10, Page{Offset: 0, Limit: 5, Count: 1, Total: 4}, true},
		{"filtered, a total that shrank to the page's end", true, 10, Page{Offset: 0, Limit: 5, Count: 1, Total: 5}, false},
	} {
		p := newPlan(ItemsOptions{})
		p.filtered, p.total = test.filtered, test.total
		if err := p.contradiction(test.page); (err != nil) != test.wrong {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// What a filtered page covers is sure up to the largest total that was seen.
func TestSureOfAPage(t *testing.T) {
	for _, test := range []struct {
		name     string
		filtered bool
		total    int64
		page     Page
		want     int64
		last     bool
	}{
		{"not filtered", false, 3, Page{Offset: 0, Limit: 5, Total: 3}, 5, false},
		{"within the total", true, 10, Page{Offset: 0, Limit: 5, Total: 10}, 5, false},
		{"to the total", true, 10, Page{Offset: 5, Limit: 5, Total: 10}, 5, false},
		{"one beyond", true, 10, Page{Offset: 6, Limit: 5, Total: 10}, 4, false},
		{"its first item is the last", true, 10, Page{Offset: 9, Limit: 5, Total: 10}, 1, false},
		{"behind the total", true, 10, Page{Offset: 10, Limit: 5, Total: 10}, 0, true},
		{"nothing stored", true, 0, Page{Offset: 0, Limit: 5, Total: 0}, 0, true},
		{"no total", true, 10, Page{Offset: 10, Limit: 5, Total: -1}, 5, false},
	} {
		p := newPlan(ItemsOptions{})
		p.filtered, p.total = test.filtered, test.total
		if got := p.sure(&test.page); got != test.want || test.page.last != test.last {
			t.Errorf("%s: %d, last %t; want %d, %t", test.name, got, test.page.last, test.want, test.last)
		}
	}
}

// How many datasets are read at once follows from how large their first pages were.
func TestManyAhead(t *testing.T) {
	m := &many{requests: make(chan struct{}, 64)}
	if got := m.ahead(); got != fewRequests {
		t.Errorf("before anything is known: %d", got)
	}
	if !m.whole(firstPage) || m.whole(firstPage+1) {
		t.Error("before anything is known, a first page is what fits into one")
	}
	m.learn(Page{wire: aheadBytes / 8, Count: 1000, Data: make([]byte, 1000<<10)})
	if got := m.ahead(); got != 8 {
		t.Errorf("an eighth of the memory each: %d", got)
	}
	if fits := int64(pageBytes / 1024); !m.whole(fits) || m.whole(fits+1) {
		t.Errorf("items of a kilobyte: %d do not fit, or one more does", fits)
	}
	m.learn(Page{wire: aheadBytes / 8, Count: 1000, Data: make([]byte, 100<<10)})
	if m.perItem != 1024*7/8 {
		t.Errorf("smaller items come slowly to count: %v bytes", m.perItem)
	}
	m.learn(Page{wire: 2 * aheadBytes})
	if want := aheadBytes/8.0 + (2*aheadBytes-aheadBytes/8.0)/8; m.mean != want {
		t.Errorf("the mean is %v, want %v", m.mean, want)
	}
	for range 100 {
		m.learn(Page{wire: 2 * aheadBytes})
	}
	if got := m.ahead(); got != 1 {
		t.Errorf("pages that are too large: %d", got)
	}
	for range 200 {
		m.learn(Page{wire: 1})
	}
	if got := m.ahead(); got != cap(m.requests) {
		t.Errorf("tiny pages: %d", got)
	}
}
