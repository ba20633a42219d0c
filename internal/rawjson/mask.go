package rawjson

import "encoding/binary"

// Block is how many bytes a mask stands for, a bit for each, the first one lowest.
const Block = 64

const (
	allButHigh = ^uint64(highBits)
	// gather is a multiplier that brings the highest bits of eight bytes together
	// in the highest byte, that of the first byte lowest.
	gather = 0x0002040810204081
)

// Mask marks the bytes that are c, which must be ASCII.
func Mask(chunk *[Block]byte, c byte) (mask uint64) {
	pattern := uint64(c) * lowBits
	for i := 0; i < Block; i += 8 {
		x := binary.LittleEndian.Uint64(chunk[i:])
		m := x&allButHigh ^ pattern
		m = ^(m + allButHigh | x) & highBits
		mask |= m * gather >> 56 << i
	}
	return mask
}

// PrefixXor sets each bit to whether an odd number of bits is set up to it: of a
// mask of quotes, those of opening ones, and of what is between them and the
// closing ones, are set.
func PrefixXor(x uint64) uint64 {
	x ^= x << 1
	x ^= x << 2
	x ^= x << 4
	x ^= x << 8
	x ^= x << 16
	x ^= x << 32
	return x
}
