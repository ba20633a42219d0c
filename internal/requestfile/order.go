package requestfile

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// An order is nanoseconds since 1970, in the files milliseconds: JavaScript has
// whole ones, Crawlee for Python adds a millionth to those of the same moment.
const perMillisecond = 1_000_000

// parseOrder reads an order, a number or text. Zero is no order.
func parseOrder(value []byte) (order int64, ok bool) {
	text := strings.Trim(string(value), `"`)
	if len(text) > 64 { // Python's decimals have 28 digits
		return 0, false
	}
	whole, fraction, _ := strings.Cut(text, ".")
	digits := strings.TrimLeft(whole, "-")
	if isDigits(digits) && len(digits) <= 13 && (fraction == "" || isDigits(fraction)) {
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil {
			return 0, false
		}
		part, _ := strconv.ParseInt((fraction + "000000")[:6], 10, 64) // digits
		if len(fraction) > 6 && fraction[6] >= '5' {
			part++
		}
		if n < 0 || whole[0] == '-' {
			part = -part
		}
		if n > math.MaxInt64/perMillisecond-1 || n < -math.MaxInt64/perMillisecond+1 {
			return clamp(n), true
		}
		order = n*perMillisecond + part
		return order, order != 0
	}
	return parseLongOrder(text)
}

// parseLongOrder reads exponents and numbers out of range.
func parseLongOrder(text string) (order int64, ok bool) {
	f, _, err := big.ParseFloat(text, 10, 128, big.ToNearestEven)
	if err != nil || f.IsInf() {
		return 0, false
	}
	f.Mul(f, big.NewFloat(perMillisecond))
	order, _ = f.Int64() // of too large ones it is the largest
	return max(order, -math.MaxInt64), order != 0
}

func clamp(n int64) int64 {
	if n < 0 {
		return -math.MaxInt64
	}
	return math.MaxInt64
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// appendOrder appends an order as a JSON value of the layout's.
func appendOrder(dst []byte, layout Layout, order int64) []byte {
	_, isText := layout.orderMember()
	if isText {
		dst = append(dst, '"')
	}
	if order < 0 {
		dst = append(dst, '-')
		order = -order
	}
	dst = strconv.AppendInt(dst, order/perMillisecond, 10)
	if part := order % perMillisecond; part != 0 || isText {
		digits := strconv.Itoa(int(part + perMillisecond))[1:]
		if !isText {
			digits = strings.TrimRight(digits, "0")
		}
		dst = append(append(dst, '.'), digits...)
	}
	if isText {
		dst = append(dst, '"')
	}
	return dst
}

// OrderOfLegacyName is the order that the SDK for JavaScript before 0.21 put
// into the name of a file, 1008204153855516.json or 2011795846144475.json: the
// first digit is 1 for the forefront, counted backwards, and 2 for the others.
func OrderOfLegacyName(name string) (order int64, ok bool) {
	digits, isJSON := strings.CutSuffix(name, ending)
	if !isJSON || len(digits) != 16 || !isDigits(digits) {
		return 0, false
	}
	const forefront, others, epoch = 1e15, 2e15, 1e13
	switch n, err := strconv.ParseInt(digits, 10, 64); {
	case err != nil:
		return 0, false
	case n >= others && n < others+2*epoch:
		order = n - others - epoch
	case n >= forefront && n < forefront+epoch:
		order = n - forefront - epoch
	}
	return order * perMillisecond, order != 0
}
