package dataset

import (
	"strconv"
	"strings"
)

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
