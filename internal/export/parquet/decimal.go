package parquet

import (
	"math/big"
	"math/bits"
)

// decimalLength is how many bytes hold every integer of so many digits.
func decimalLength(digits int) int {
	greatest := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	greatest.Sub(greatest, big.NewInt(1))
	return greatest.BitLen()/8 + 1 // a bit for the sign
}

// appendDecimal appends an integer of at most 38 digits, big-endian with a sign.
func appendDecimal(dst, text []byte, length int) []byte {
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	var high, low uint64
	for _, c := range text {
		carry, next := bits.Mul64(low, 10)
		high = high*10 + carry
		low, carry = bits.Add64(next, uint64(c-'0'), 0)
		high += carry
	}
	if negative {
		var borrow uint64
		low, borrow = bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
	}
	for i := length - 1; i >= 0; i-- {
		word := low
		if i >= 8 {
			word = high
		}
		if i >= 16 {
			word = uint64(int64(high) >> 63)
		}
		dst = append(dst, byte(word>>(i%8*8)))
	}
	return dst
}
