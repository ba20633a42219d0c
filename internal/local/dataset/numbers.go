package dataset

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// numbers is a set of item numbers: a single span where no item was taken out. It
// does not change, so that a long read keeps what it started with.
type numbers struct {
	spans []span
	names map[int64]string // of files that are not called as itemName has it
}

// span is numbers without a gap.
type span struct {
	first, last int64
	before      int64 // how many numbers the spans before it hold
}

func (s span) behind() int64 { return s.before + s.last - s.first + 1 }

// with is the set and more numbers.
func (s *numbers) with(added []int64) *numbers {
	spans := slices.Clone(s.spans)
	for _, n := range added {
		if last := len(spans) - 1; last >= 0 && spans[last].last == n-1 {
			spans[last].last = n
		} else {
			spans = append(spans, span{first: n, last: n})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	joined := spans[:0]
	before := int64(0)
	for _, each := range spans {
		if last := len(joined) - 1; last >= 0 && each.first <= joined[last].last+1 {
			joined[last].last = max(joined[last].last, each.last)
			before = joined[last].behind()
			continue
		}
		each.before = before
		joined = append(joined, each)
		before = each.behind()
	}
	return &numbers{joined, s.names}
}

// below is the set without the numbers from limit on.
func (s *numbers) below(limit int64) *numbers {
	end := sort.Search(len(s.spans), func(i int) bool { return s.spans[i].first >= limit })
	kept := slices.Clone(s.spans[:end])
	if end > 0 {
		kept[end-1].last = min(kept[end-1].last, limit-1)
	}
	return &numbers{kept, s.names}
}

func (s *numbers) count() int64 {
	if len(s.spans) == 0 {
		return 0
	}
	return s.spans[len(s.spans)-1].behind()
}

// last is the highest number; 0 when there is none.
func (s *numbers) last() int64 {
	if len(s.spans) == 0 {
		return 0
	}
	return s.spans[len(s.spans)-1].last
}

// name is the file of an item.
func (s *numbers) name(n int64) string {
	if name, odd := s.names[n]; odd {
		return name
	}
	return itemName(n)
}

// ascending yields the numbers without the first skip of them.
func (s *numbers) ascending(skip int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		from := sort.Search(len(s.spans), func(i int) bool { return s.spans[i].behind() > skip })
		for _, each := range s.spans[from:] {
			for n := each.first + max(0, skip-each.before); n <= each.last; n++ {
				if !yield(n) {
					return
				}
			}
		}
	}
}

// descending yields the numbers from the highest, without the first skip.
func (s *numbers) descending(skip int64) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		keep := s.count() - skip // the lowest so many are wanted
		end := sort.Search(len(s.spans), func(i int) bool { return s.spans[i].before >= keep })
		for _, each := range slices.Backward(s.spans[:end]) {
			for n := min(each.last, each.first+keep-each.before-1); n >= each.first; n-- {
				if !yield(n) {
					return
				}
			}
		}
	}
}

const (
	itemSuffix = ".json"
	itemDigits = 9
	// maxItemDigits keeps a strange file name from being taken for a number.
	maxItemDigits = 15
)

// itemName is the file of an item, as the SDKs call it.
func itemName(number int64) string {
	var space [maxItemDigits + len(itemSuffix) + 4]byte
	digits := strconv.AppendInt(space[:0], number, 10)
	if missing := itemDigits - len(digits); missing > 0 {
		copy(space[missing:], digits)
		copy(space[:missing], "000000000")
		digits = space[:itemDigits]
	}
	return string(append(digits, itemSuffix...))
}

// itemNumber is the number of an item's file. Other files are no items. Those
// with fewer digits than the SDKs write are: Crawlee for Python reads any.
func itemNumber(name string) (int64, bool) {
	digits, ok := strings.CutSuffix(name, itemSuffix)
	if !ok || digits == "" || len(digits) > maxItemDigits {
		return 0, false
	}
	n := int64(0)
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(digits[i]-'0')
	}
	return n, n > 0
}
