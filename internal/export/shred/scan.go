package shred

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// scanString returns the offset behind the string whose opening quote is at i, and
// whether its text is without escapes.
func scanString(data []byte, i int) (end int, plain bool, err error) {
	for at := i + 1; at+8 <= len(data); at += 8 {
		x := binary.LittleEndian.Uint64(data[at:])
		quotes, slashes := rawjson.Zeros(x^'"'*rawjson.EachByte), rawjson.Zeros(x^'\\'*rawjson.EachByte)
		if quotes == 0 && slashes == 0 {
			continue
		}
		if slashes == 0 || quotes != 0 && slashes&(quotes&-quotes-1) == 0 {
			return at + bits.TrailingZeros64(quotes)/8 + 1, true, nil
		}
		end, err = rawjson.SkipString(data, i)
		return end, false, err
	}
	end, err = rawjson.SkipString(data, i)
	return end, err == nil && bytes.IndexByte(data[i+1:end-1], '\\') < 0, err
}

const (
	maxIntDigits   = 18 // fit into 64 bits whatever they are
	maxExactDigits = 15 // are given back by every float64
)

// scanShort reads an integer or a number with a fraction that is short, as most
// numbers are. It reports false for any other number. Of what has a fraction the
// value is that of all its digits.
func scanShort(data []byte, i int) (value int64, fraction bool, end int, ok bool) {
	start := i
	negative := data[i] == '-'
	if negative {
		i++
	}
	first := i
	for i < len(data) && data[i]-'0' <= 9 {
		value = value*10 + int64(data[i]-'0')
		i++
	}
	digits := i - first
	if digits == 0 || digits > 1 && data[first] == '0' {
		return 0, false, start, false
	}
	if i < len(data) && data[i] == '.' {
		fraction = true
		point := i
		for i++; i < len(data) && data[i]-'0' <= 9; i++ {
			value = value*10 + int64(data[i]-'0')
		}
		if i == point+1 || i-first > maxExactDigits {
			return 0, true, start, false
		}
	}
	if digits > maxIntDigits || negative && value == 0 || i < len(data) && data[i]|' ' == 'e' {
		return 0, fraction, start, false
	}
	if negative {
		value = -value
	}
	return value, fraction, i, true
}

func parseInt(text []byte) (int64, bool) {
	value, err := strconv.ParseInt(string(text), 10, 64)
	return value, err == nil
}

// number is a number's text, looked into.
type number struct {
	negative bool
	integer  bool // neither fraction nor exponent
	digits   int  // of an integer
	mantissa []byte
	exponent int // of ten, where the mantissa is an integer without zeros at its ends
}

// scanNumber reads any number. The mantissa is appended to scratch.
func scanNumber(data []byte, i int, scratch []byte) (n number, end int, err error) {
	if i < len(data) && data[i] == '-' {
		n.negative = true
		i++
	}
	first := i
	mantissa, i := digitsAt(data, i, scratch[:0])
	if i == first || data[first] == '0' && i > first+1 {
		return n, i, wrongNumber(data, i)
	}
	n.integer, n.digits = true, i-first
	if i < len(data) && data[i] == '.' {
		n.integer = false
		point := i + 1
		if mantissa, i = digitsAt(data, point, mantissa); i == point {
			return n, i, wrongNumber(data, i)
		}
		n.exponent = point - i
	}
	if i < len(data) && data[i]|' ' == 'e' {
		n.integer = false
		var exponent int
		if exponent, i, err = exponentAt(data, i+1); err != nil {
			return n, i, err
		}
		n.exponent += exponent
	}
	for len(mantissa) > 0 && mantissa[len(mantissa)-1] == '0' {
		mantissa = mantissa[:len(mantissa)-1]
		n.exponent++
	}
	for len(mantissa) > 0 && mantissa[0] == '0' {
		mantissa = mantissa[1:]
	}
	n.mantissa = mantissa
	return n, i, nil
}

func digitsAt(data []byte, i int, dst []byte) ([]byte, int) {
	start := i
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return append(dst, data[start:i]...), i
}

// exponentAt reads what follows an e. What no float64 comes near may be wrong.
func exponentAt(data []byte, i int) (value, end int, err error) {
	const farAway = 1 << 20
	negative := false
	if i < len(data) && (data[i] == '-' || data[i] == '+') {
		negative = data[i] == '-'
		i++
	}
	start := i
	for i < len(data) && data[i]-'0' <= 9 {
		value = min(value*10+int(data[i]-'0'), farAway)
		i++
	}
	if i == start {
		return 0, i, wrongNumber(data, i)
	}
	if negative {
		value = -value
	}
	return value, i, nil
}

func wrongNumber(data []byte, i int) error {
	if i >= len(data) {
		return rawjson.ErrIncomplete
	}
	return &rawjson.SyntaxError{Offset: i, Want: "a digit"}
}

// zero reports whether the number is 0 or -0.
func (n *number) zero() bool { return len(n.mantissa) == 0 }

// inDouble reports whether a float64 gives the number back: whether the shortest
// decimal number that stands for it is the same number.
func (n *number) inDouble(text []byte) bool {
	const (
		never  = 17  // digits that no shortest decimal number has more of
		inside = 290 // well inside of the range of exponents
	)
	switch {
	case n.zero():
		return !n.negative
	case len(n.mantissa) > never:
		return false
	case len(n.mantissa) <= maxExactDigits && n.exponent < inside && n.exponent > -inside:
		return true
	}
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return false
	}
	var space [32]byte
	shortest := strconv.AppendFloat(space[:0], value, 'e', -1, 64)
	var other [32]byte
	back, _, err := scanNumber(shortest, 0, other[:0])
	return err == nil && back.exponent == n.exponent && string(back.mantissa) == string(n.mantissa)
}

// kind tells what holds the number, and whether a float64 does.
func (n *number) kind(text []byte) (k Kind, inDouble bool) {
	inDouble = n.inDouble(text)
	switch {
	case n.integer && n.zero() && n.negative:
		return Odd, false
	case n.integer && n.digits <= MaxDigits:
		return Big, inDouble
	case inDouble && !n.integer:
		return Double, true
	}
	return Odd, false
}
