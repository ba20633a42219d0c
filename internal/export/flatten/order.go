package flatten

import (
	"cmp"
	"strings"
)

// ComparePaths orders paths by segment: numbers by value and before text, text
// without regard to case. Paths that differ in nothing else are ordered by
// their bytes, so that the order is total.
func ComparePaths(a, b string) int {
	restA, restB := a, b
	for {
		segmentA, afterA, moreA := strings.Cut(restA, "/")
		segmentB, afterB, moreB := strings.Cut(restB, "/")
		if order := compareSegments(segmentA, segmentB); order != 0 {
			return order
		}
		if !moreA || !moreB {
			return cmp.Or(compareBools(moreA, moreB), strings.Compare(a, b))
		}
		restA, restB = afterA, afterB
	}
}

func compareSegments(a, b string) int {
	numberA, numberB := isNumber(a), isNumber(b)
	switch {
	case numberA && numberB:
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	case numberA || numberB:
		return compareBools(numberB, numberA)
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

func isNumber(segment string) bool {
	for i := range len(segment) {
		if segment[i] < '0' || segment[i] > '9' {
			return false
		}
	}
	return segment != ""
}

// compareBools puts false before true.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
