package requestindex

import "github.com/apifyctl/apifyctl/internal/local/queue/requestfile"

// RequestID is what the API calls a request's ID.
type RequestID = requestfile.ID

// UsualFile is the name under which most SDKs keep a request.
func UsualFile(id RequestID) string { return id.String() + RequestSuffix }

// packedID is a request ID in 12 bytes: six bits a character, ten characters in
// high, five in low. Packed IDs are in the order of the IDs.
type packedID struct {
	high uint64 // 60 bits
	low  uint32 // 30 bits
}

const (
	highCharacters = 10
	characterBits  = 6
)

// valid tells that each of its characters is one.
func (p packedID) valid() bool {
	const ranks = 62
	for high := p.high; high != 0; high >>= characterBits {
		if high&(1<<characterBits-1) >= ranks {
			return false
		}
	}
	for low := p.low; low != 0; low >>= characterBits {
		if low&(1<<characterBits-1) >= ranks {
			return false
		}
	}
	return p.high>>(highCharacters*characterBits) == 0 && p.low>>stateShift == 0
}

func pack(id RequestID) (p packedID) {
	for _, c := range id[:highCharacters] {
		p.high = p.high<<characterBits | uint64(digitOf(c))
	}
	for _, c := range id[highCharacters:] {
		p.low = p.low<<characterBits | uint32(digitOf(c))
	}
	return p
}

func (p packedID) unpack() (id RequestID) {
	const mask = 1<<characterBits - 1
	for i := range id {
		if i < highCharacters {
			id[i] = digitAt(int(p.high >> ((highCharacters - 1 - i) * characterBits) & mask))
		} else {
			id[i] = digitAt(int(p.low >> ((len(id) - 1 - i) * characterBits) & mask))
		}
	}
	return id
}

// digitOf is the rank of a letter or digit in ASCII; -1 of anything else.
func digitOf(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 36
	}
	return -1
}

func digitAt(rank int) byte {
	switch {
	case rank < 10:
		return '0' + byte(rank)
	case rank < 36:
		return 'A' + byte(rank-10)
	default:
		return 'a' + byte(rank-36)
	}
}

// RequestSuffix ends the name of a request's file.
const RequestSuffix = ".json"
