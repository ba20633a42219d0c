package wire

import (
	"net/http"
	"slices"
	"strconv"
)

// Page is the part of a list that an answer holds.
type Page[T any] struct {
	Total  int64 `json:"total"`
	Offset int64 `json:"offset"`
	Limit  int64 `json:"limit"`
	Desc   bool  `json:"desc"`
	Count  int64 `json:"count"`
	Items  []T   `json:"items"`
}

// maxPage is the most that one answer lists.
const maxPage = 1000

// ReadPage reads which part of a list is asked for.
func ReadPage[T any](q *Query) Page[T] {
	p := Page[T]{Offset: q.Whole("offset", 0), Limit: q.Whole("limit", maxPage), Desc: q.Flag("desc"), Items: []T{}}
	if p.Limit == 0 || p.Limit > maxPage {
		p.Limit = maxPage
	}
	return p
}

// Fill puts the part of all that a page is of into it, each as describe has it.
func Fill[S, T any](p *Page[T], all []S, describe func(S) (T, error)) error {
	if p.Desc {
		slices.Reverse(all)
	}
	p.Total = int64(len(all))
	all = all[min(p.Offset, p.Total):]
	for _, each := range all[:min(p.Limit, int64(len(all)))] {
		item, err := describe(each)
		if err != nil {
			return err
		}
		p.Items = append(p.Items, item)
	}
	p.Count = int64(len(p.Items))
	return nil
}

// SetHeaders says in headers, too, which part it is.
func (p *Page[T]) SetHeaders(w http.ResponseWriter) {
	header := w.Header()
	for name, n := range map[string]int64{"Offset": p.Offset, "Limit": p.Limit, "Count": p.Count, "Total": p.Total} {
		header.Set("X-Apify-Pagination-"+name, strconv.FormatInt(n, 10))
	}
	header.Set("X-Apify-Pagination-Desc", strconv.FormatBool(p.Desc))
}
