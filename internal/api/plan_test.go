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
		"by default":               {0, false, kilobyte, 3072},
		"held up":                  {0, true, kilobyte, 5120},
		"few requests":             {4, false, kilobyte, 2048},
		"few requests, held up":    {4, true, kilobyte, 2048},
		"many requests":            {64, false, kilobyte, 3072},
		"small items, ten times":   {0, false, 10, 10 * firstPage},
		"large items":              {0, false, 20 * kilobyte, 153},
		"huge items":               {0, false, 1000 * kilobyte, 12},
		"items larger than a page": {0, false, 10_000 * kilobyte, 1},
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
