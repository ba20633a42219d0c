package export

import (
	"hash/crc32"
	"math/bits"
)

// combineCRC is the CRC-32 (IEEE) of two texts in a row, from the sums of both
// and the length of the second: the sum of the first is moved past length zero
// bytes, a multiplication by x^(8·length) modulo the polynomial, by squaring.
func combineCRC(first, second uint32, length int64) uint32 {
	const one = 1 << 31 // x^0: the bits are reversed
	shift, power := uint32(one), uint32(one>>8)
	for n := uint64(length); n > 0; n >>= 1 {
		if n&1 == 1 {
			shift = multiplyCRC(shift, power)
		}
		power = multiplyCRC(power, power)
	}
	return multiplyCRC(first, shift) ^ second
}

// multiplyCRC multiplies polynomials over GF(2) modulo that of CRC-32.
func multiplyCRC(a, b uint32) uint32 {
	var product uint32
	for ; a != 0; a <<= 1 {
		if bits.LeadingZeros32(a) == 0 {
			product ^= b
		}
		carry := b & 1
		b >>= 1
		if carry == 1 {
			b ^= crc32.IEEE
		}
	}
	return product
}
