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
		p.came(Page{Data: make([]byte, firstPage*test.perItem), Count: firstPage, Limit: firstPage, Total: 1_000_000, held: test.held}, firstPage)
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
