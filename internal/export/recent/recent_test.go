package recent

import (
	"errors"
	"iter"
	"slices"
	"testing"
	"time"
)

func TestTime(t *testing.T) {
	for _, c := range []struct {
		name, value, want string // "": it is no time
	}{
		{"date and time", `"2026-11-28T10:00:00.123Z"`, "2026-11-28T10:00:00.123Z"},
		{"zone", `"2026-11-28T10:00:00+02:00"`, "2026-11-28T08:00:00Z"},
		{"no zone", `"2026-11-28T10:00:00.5"`, "2026-11-28T10:00:00.5Z"},
		{"space", `"2026-11-28 10:00:00"`, "2026-11-28T10:00:00Z"},
		{"date", `"2026-11-28"`, "2026-11-28T00:00:00Z"},
		{"escaped", `"2026\u002d11-28"`, "2026-11-28T00:00:00Z"},
		{"seconds", `1795860000`, "2026-11-28T10:00:00Z"},
		{"milliseconds", `1795860000123`, "2026-11-28T10:00:00.123Z"},
		{"before 1970", `-1`, "1969-12-31T23:59:59Z"},
		{"no such day", `"2026-02-30"`, ""},
		{"words", `"yesterday"`, ""},
		{"far too large", `1e300`, ""},
		{"null", `null`, ""},
		{"object", `{"a":1}`, ""},
		{"missing", ``, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, ok := Time([]byte(c.value))
			if ok != (c.want != "") || ok && at.UTC().Format(time.RFC3339Nano) != c.want {
				t.Errorf("%s is %v, %v; want %q", c.value, at, ok, c.want)
			}
		})
	}
}

func pagesOf(err error, pages ...string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, page := range pages {
			if !yield([]byte(page), nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func TestPages(t *testing.T) {
	failed := errors.New("cut off")
	for _, c := range []struct {
		name           string
		pages, want    []string
		err            error
		older, undated int64
	}{
		{name: "no pages"},
		{name: "empty page", pages: []string{`[]`}, want: []string{`[]`}},
		{
			name:  "some of each",
			pages: []string{` [ {"t":"2026-01-02"} , {"t":"2025-12-31"}, {"u":1},{"t":"2026-01-01"}]`, `[{"t":0}]`, `[{"t":1795860000}]`},
			want:  []string{`[{"t":"2026-01-02"},{"t":"2026-01-01"}]`, `[{"t":1795860000}]`}, older: 2, undated: 1,
		},
		{name: "an error behind", pages: []string{`[{"t":1795860000}]`}, want: []string{`[{"t":1795860000}]`}, err: failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &Filter{Field: "t", From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
			for range 2 { // pages may be taken again
				var got []string
				var last error
				for page, err := range f.Pages(pagesOf(c.err, c.pages...)) {
					if last = err; err == nil {
						got = append(got, string(page))
					}
				}
				if !slices.Equal(got, c.want) || !errors.Is(last, c.err) {
					t.Errorf("got %q, %v; want %q, %v", got, last, c.want, c.err)
				}
				if f.Older != c.older || f.Undated != c.undated {
					t.Errorf("%d older and %d undated, want %d and %d", f.Older, f.Undated, c.older, c.undated)
				}
			}
		})
	}
}
