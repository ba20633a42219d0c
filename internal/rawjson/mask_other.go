//go:build !amd64

package rawjson

import "encoding/binary"

func masks(marks []uint64, text []byte, c byte) {
	for i := range marks {
		marks[i] = mask((*[Block]byte)(text[i*Block:]), c)
	}
}

func classify(quotes, brackets []uint64, text []byte) { classifyEach(quotes, brackets, text) }

// mask marks the bytes that are c, which must be ASCII.
func mask(chunk *[Block]byte, c byte) (marks uint64) {
	pattern := uint64(c) * EachByte
	for i := 0; i < Block; i += 8 {
		x := binary.LittleEndian.Uint64(chunk[i:])
		m := x&allButHigh ^ pattern
		m = ^(m + allButHigh | x) & HighBits
		marks |= m * gather >> 56 << i
	}
	return marks
}
