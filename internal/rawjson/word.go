package rawjson

// Eight bytes at a time, as a word: a byte in each of its bytes, and the highest
// bit of each.
const (
	EachByte = 0x0101010101010101
	HighBits = 0x80 * EachByte
)

// Zeros marks the bytes of y that are 0 with their highest bits. A byte above such
// a one may be marked wrongly; those below, and whether there is any, are right.
func Zeros(y uint64) uint64 { return (y - EachByte) &^ y & HighBits }
