// Package recent leaves out items that are older than a point in time.
package recent

import (
	"bytes"
	"iter"
	"strconv"
	"time"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Filter lets items through whose time is not before From. Items without a time that
// can be read are left out, and counted.
type Filter struct {
	Field string // where the time is: a name, or a path such as meta/scrapedAt
	From  time.Time

	Older, Undated int64 // that were left out, in the last pass
}

// Pages are pages, JSON arrays, with the items that are let through, in the same
// memory. A page of which nothing is left is left out.
func (f *Filter) Pages(pages iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f.Older, f.Undated = 0, 0
		var ends []int
		var drop []bool
		for page, err := range pages {
			if err == nil {
				ends, err = rawjson.Ends(page, ends[:0])
			}
			if err != nil {
				yield(nil, err)
				return
			}
			drop = f.look(page, ends, drop[:0])
			left, dropped := rawjson.Without(page, ends, drop)
			if dropped == len(ends) && dropped > 0 {
				continue
			}
			if !yield(left, nil) {
				return
			}
		}
	}
}

// look appends, for each item, whether it is left out.
func (f *Filter) look(page []byte, ends []int, drop []bool) []bool {
	for _, item := range rawjson.Spans(page, ends) {
		at, ok := Time(rawjson.LookUp(item, f.Field))
		switch {
		case !ok:
			f.Undated++
		case at.Before(f.From):
			f.Older++
		}
		drop = append(drop, !ok || at.Before(f.From))
	}
	return drop
}

// Unix times below this are seconds, until the year 5138; those above are
// milliseconds, since 1973.
const secondsBelow = 100_000_000_000

// Time reads a JSON value as a point in time: a date, or a date and time, as ISO 8601
// has them, in UTC where they name no zone; or seconds or milliseconds since 1970.
func Time(value []byte) (time.Time, bool) {
	if !bytes.HasPrefix(value, []byte{'"'}) {
		number, err := strconv.ParseFloat(string(value), 64)
		switch {
		case err != nil || number != number || number < -secondsBelow || number > 1e15:
			return time.Time{}, false
		case number < secondsBelow:
			number *= 1000
		}
		return time.UnixMilli(int64(number)), true
	}
	text := string(rawjson.AppendUnquoted(nil, value))
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil { // fractions of seconds are read, too
			return at, true
		}
	}
	return time.Time{}, false
}
