package rawjson

import "encoding/binary"

// Block is how many bytes a mask stands for, a bit for each, the first one lowest.
const Block = 64

const (
	allButHigh = ^uint64(HighBits)
	// gather is a multiplier that brings the highest bits of eight bytes together
	// in the highest byte, that of the first byte lowest.
	gather = 0x0002040810204081
)

// Masks marks the bytes that are c, which must be ASCII, in one block after the
// other: text has as many as marks has words, or more.
func Masks(marks []uint64, text []byte, c byte) {
	if len(marks) > 0 {
		masks(marks, text[:len(marks)*Block], c)
	}
}

// classifyEach has, for each block, a bit for each quote, and for each byte that
// may be a bracket: outside of strings nothing else that JSON knows is marked.
func classifyEach(quotes, brackets []uint64, text []byte) {
	for i := range quotes {
		quotes[i], brackets[i] = classifyBlock((*[Block]byte)(text[i*Block:]))
	}
}

func classifyBlock(chunk *[Block]byte) (quotes, brackets uint64) {
	q0, b0 := lane(binary.LittleEndian.Uint64(chunk[0:]))
	q1, b1 := lane(binary.LittleEndian.Uint64(chunk[8:]))
	q2, b2 := lane(binary.LittleEndian.Uint64(chunk[16:]))
	q3, b3 := lane(binary.LittleEndian.Uint64(chunk[24:]))
	q4, b4 := lane(binary.LittleEndian.Uint64(chunk[32:]))
	q5, b5 := lane(binary.LittleEndian.Uint64(chunk[40:]))
	q6, b6 := lane(binary.LittleEndian.Uint64(chunk[48:]))
	q7, b7 := lane(binary.LittleEndian.Uint64(chunk[56:]))
	return q0 | q1<<8 | q2<<16 | q3<<24 | q4<<32 | q5<<40 | q6<<48 | q7<<56,
		b0 | b1<<8 | b2<<16 | b3<<24 | b4<<32 | b5<<40 | b6<<48 | b7<<56
}

// lane is classifyBlock for eight bytes.
func lane(x uint64) (quotes, brackets uint64) {
	low := x & allButHigh
	q := ^((low ^ '"'*EachByte) + allButHigh | x) & HighBits
	// With the bit that tells [ from { set, brackets are the bytes from { on; those
	// beyond ASCII may be marked or not.
	b := ((low | ' '*EachByte) + (0x80-'{')*EachByte) & HighBits
	return q * gather >> 56, b * gather >> 56
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
