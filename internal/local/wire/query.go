package wire

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Query reads parameters; the first one that is wrong is kept in err.
type Query struct {
	Values url.Values
	Err    error
}

// Fail notes that a parameter is not what it must be.
func (q *Query) Fail(parameter, want string) {
	if q.Err == nil {
		q.Err = InvalidValue("The parameter %q must be %s", parameter, want)
	}
}

// Whole reads a whole number; one that is too large is the largest.
func (q *Query) Whole(parameter string, otherwise int64) int64 {
	text := q.Values.Get(parameter)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if errors.Is(err, strconv.ErrRange) && n > 0 {
		n, err = math.MaxInt64, nil
	}
	if err != nil || n < 0 {
		q.Fail(parameter, "a whole number, zero or more")
	}
	return n
}

// Limit reads the limit of a page: 0 is none, and there is no more than most.
func (q *Query) Limit(otherwise, most int64) int64 {
	return min(cmp.Or(q.Whole("limit", otherwise), most), most)
}

// Flag reads 1, 0, true or false; none is false.
func (q *Query) Flag(parameter string) bool {
	switch q.Values.Get(parameter) {
	case "", "0", "false":
		return false
	case "1", "true":
		return true
	}
	q.Fail(parameter, "1, 0, true or false")
	return false
}

// OneOf reads one of several words; "" among them lets it be left out.
func (q *Query) OneOf(parameter string, allowed ...string) string {
	text := q.Values.Get(parameter)
	if !slices.Contains(allowed, text) {
		q.Fail(parameter, "one of "+strings.Trim(strings.Join(allowed, ", "), ", "))
	}
	return text
}

// Names reads a comma-separated list.
func (q *Query) Names(parameter string) []string {
	return slices.DeleteFunc(strings.Split(q.Values.Get(parameter), ","), func(name string) bool { return name == "" })
}

// Point reads a point in time; none is the zero time.
func (q *Query) Point(parameter string) time.Time {
	text := q.Values.Get(parameter)
	if text == "" {
		return time.Time{}
	}
	point, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		q.Fail(parameter, "a time such as 2025-09-01T00:00:00.000Z")
	}
	return point
}

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
