package api

import (
	"net/http"
	"strings"
	"testing"
)

// itemsAnswer is an answer with so many items, and headers such as "Total 7".
func itemsAnswer(count int, headers ...string) *response {
	header := http.Header{}
	for _, each := range headers {
		name, value, _ := strings.Cut(each, " ")
		header.Set("X-Apify-Pagination-"+name, value)
	}
	return &response{status: http.StatusOK, header: header, body: []byte("[" + strings.TrimSuffix(strings.Repeat("1,", count), ",") + "]")}
}

func TestHeadersOfAPage(t *testing.T) {
	for name, test := range map[string]struct {
		answer       *response
		limit, total int64
	}{
		"none":                {itemsAnswer(5), 5, -1},
		"a smaller limit":     {itemsAnswer(3, "Limit 3", "Total 20"), 3, 20},
		"a larger limit":      {itemsAnswer(5, "Limit 999", "Total 20"), 5, 20},
		"a limit of 0":        {itemsAnswer(5, "Limit 0", "Total 20"), 5, 20},
		"a total of 0":        {itemsAnswer(0, "Total 0"), 5, 0},
		"a total below 0":     {itemsAnswer(5, "Total -1"), 5, -1},
		"a total of no digit": {itemsAnswer(5, "Total many"), 5, -1},
	} {
		f := &fetcher{plan: newPlan(ItemsOptions{})}
		page := Page{}
		if err := f.pageCheck(&page, 5)(test.answer); err != nil || page.Limit != test.limit || page.Total != test.total {
			t.Errorf("%s: limit %d, total %d, %v; want %d, %d", name, page.Limit, page.Total, err, test.limit, test.total)
		}
	}
}

// The count of a filtered page is taken for that of the items before the filter
// when it says so often enough, and not for one that is cut off now and then.
func TestCountOfAFilteredPage(t *testing.T) {
	for name, test := range map[string]struct {
		filtered bool
		counts   []int // of the items in the answers, of which the last is taken
	}{
		"the same three times":           {true, []int{2, 2, 2}},
		"another one in between":         {true, []int{2, 1, 1, 1}},
		"back to one that was there":     {true, []int{2, 2, 1, 2, 2, 2}},
		"right at once":                  {true, []int{7}},
		"not filtered, right at once":    {false, []int{7}},
		"not filtered, right at the end": {false, []int{2, 2, 2, 2, 7}},
	} {
		f := &fetcher{plan: newPlan(ItemsOptions{Offset: 5, Clean: test.filtered})}
		page := Page{Offset: 5}
		check := f.pageCheck(&page, 10)
		for i, count := range test.counts {
			err := check(itemsAnswer(count, "Count 7", "Offset 5", "Total 12"))
			if last := i == len(test.counts)-1; (err == nil) != last {
				t.Errorf("%s: answer %d: %v", name, i+1, err)
			}
		}
	}
}
