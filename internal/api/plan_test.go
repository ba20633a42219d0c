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
		{"filtered, a total that shrank to nothing", true, 10, Page{Offset: 0, Limit: 5, Count: 0, Total: 0}, true},
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
	if m.perItem != 1024*7/8 {
		t.Errorf("a page without items changes what an item takes: %v bytes", m.perItem)
	}
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

// What a page takes is guessed from what items took on their way; one that can be
// asked for in parts is given up where it is too large.
func TestSizeOfAPage(t *testing.T) {
	for name, test := range map[string]struct {
		fixed      bool
		wire       float64 // bytes of an item as it came; 0: not known
		limit      int64
		hint, most int
	}{
		"nothing known":          {false, 0, 10, 0, mostBytes},
		"known":                  {false, 100, 10, 1100 + 512, mostBytes},
		"one item":               {false, 100, 1, 110 + 512, maxAnswer},
		"of the user's size":     {true, 100, 10, 1100 + 512, maxAnswer},
		"more than is set aside": {false, 1 << 20, 1000, maxPrealloc + 512, mostBytes},
	} {
		p := newPlan(ItemsOptions{})
		p.fixed, p.wirePerItem = test.fixed, test.wire
		if hint, most := p.size(test.limit); hint != test.hint || most != test.most {
			t.Errorf("%s: %d, %d at most; want %d, %d", name, hint, most, test.hint, test.most)
		}
	}
}

// Pages are as large as the server lets them be, and as their items suggest.
func TestPagesAreAsLargeAsTheServerHasThem(t *testing.T) {
	const kilobyte = 1024
	for name, test := range map[string]struct {
		filtered bool
		page     Page
		want     int64
	}{
		"as asked":                         {false, Page{Limit: firstPage, Count: firstPage, Total: 10_000}, 3072},
		"behind the first":                 {false, Page{Offset: 500, Limit: firstPage, Count: firstPage, Total: 10_000}, 3072},
		"less than asked, with more to be": {false, Page{Limit: 250, Count: 250, Total: 1000}, 250},
		"less than asked, to the end":      {false, Page{Offset: 750, Limit: 250, Count: 250, Total: 1000}, 250 * maxGrowth},
		"without items":                    {true, Page{Limit: firstPage, Count: 0, Total: 10_000}, firstPage},
	} {
		p := newPlan(ItemsOptions{Concurrency: defaultConcurrency})
		p.filtered = test.filtered
		test.page.Data = make([]byte, max(1, test.page.Count*kilobyte))
		p.came(test.page, firstPage)
		p.total = 1_000_000
		if _, limit := p.next(); limit != test.want {
			t.Errorf("%s: goes on with %d items, want %d", name, limit, test.want)
		}
	}
	p := newPlan(ItemsOptions{Concurrency: defaultConcurrency})
	for _, perItem := range []int{kilobyte, 3 * kilobyte} {
		p.came(Page{Limit: firstPage, Count: firstPage, Total: 1_000_000, Data: make([]byte, firstPage*perItem)}, firstPage)
	}
	if _, limit := p.next(); limit != 1536 {
		t.Errorf("after items of one and of three kilobytes: %d items, want 1536", limit)
	}
}

// Of a filtered dataset nothing is asked for that reaches beyond the total.
func TestFilteredRangesEndAtTheTotal(t *testing.T) {
	p := newPlan(ItemsOptions{Offset: 6, Clean: true})
	p.total = 10
	if offset, limit := p.next(); offset != 6 || limit != 4 {
		t.Errorf("asks for %d items from %d on, want 4 from 6 on", limit, offset)
	}
}

// Behind the total there is another look where the last page leaves room for more.
func TestLookBehindTheTotal(t *testing.T) {
	for name, test := range map[string]struct {
		filtered bool
		total    int64
		page     Page
		more     bool
		covered  int64
	}{
		"full":                             {false, 10, Page{Offset: 5, Limit: 5, Count: 5, Total: 10}, true, 10},
		"not full":                         {false, 8, Page{Offset: 5, Limit: 5, Count: 3, Total: 8}, false, 8},
		"no total":                         {false, -1, Page{Limit: 5, Count: 3, Total: -1}, true, 3},
		"no total, empty":                  {false, -1, Page{Limit: 5, Count: 0, Total: -1}, false, 0},
		"a total of nothing that is old":   {false, 0, Page{Limit: 5, Count: 3, Total: 0}, false, 3},
		"filtered":                         {true, 10, Page{Offset: 5, Limit: 5, Count: 1, Total: 10}, true, 10},
		"filtered, a part":                 {true, 8, Page{Offset: 5, Limit: 5, Count: 1, Total: 8}, false, 8},
		"filtered, the last":               {true, 10, Page{Offset: 5, Limit: 5, Count: 1, Total: 10, last: true}, false, 10},
		"filtered, nothing stored":         {true, 0, Page{Limit: 5, Count: 0, Total: 0}, false, 0},
		"filtered, no total":               {true, -1, Page{Offset: 5, Limit: 5, Count: 1, Total: -1}, true, 10},
		"filtered, an old total of before": {true, 10, Page{Offset: 5, Limit: 5, Count: 1, Total: 7}, true, 10},
	} {
		p := newPlan(ItemsOptions{})
		p.filtered, p.total, p.offset, p.sized = test.filtered, test.total, 1000, true
		if err := p.delivered(test.page); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if more := p.wants(true); more != test.more {
			t.Errorf("%s: looks for more: %t, want %t", name, more, test.more)
		}
		if got := p.covered(test.page); got != test.covered {
			t.Errorf("%s: covers the items up to %d, want %d", name, got, test.covered)
		}
	}
}

// Pages that bring nothing, one behind the other, end the work, unless all came.
func TestPagesThatBringNothing(t *testing.T) {
	p := newPlan(ItemsOptions{})
	p.total = 10
	nothing := Page{Limit: 5, Count: 0, Total: 10}
	for i := range maxStanding {
		if err := p.delivered(nothing); err != nil {
			t.Fatalf("page %d: %v", i+1, err)
		}
	}
	if err := p.delivered(Page{Limit: 5, Count: 5, Total: 10}); err != nil {
		t.Fatal(err)
	}
	for i := range maxStanding {
		if err := p.delivered(nothing); err != nil {
			t.Fatalf("page %d after one with items: %v", i+1, err)
		}
	}
	if err := p.delivered(nothing); err == nil {
		t.Error("it goes on for ever")
	}
	p = newPlan(ItemsOptions{})
	p.total = 10
	for range maxStanding + 2 {
		if err := p.delivered(Page{Offset: 10, Limit: 5, Count: 0, Total: 10}); err != nil {
			t.Fatalf("behind the last item: %v", err)
		}
	}
}
