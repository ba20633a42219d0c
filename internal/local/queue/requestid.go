package queue

import (
	"crypto/sha256"
	"encoding/base64"
)

// requestID is what the API calls a request's ID: it follows from the unique key.
type requestID [15]byte

func (id requestID) String() string { return string(id[:]) }

// file is the name under which Crawlee 3 keeps the request.
func (id requestID) file() string { return string(id[:]) + requestSuffix }

func requestIDOf(uniqueKey string) requestID {
	sum := sha256.Sum256([]byte(uniqueKey))
	var text [(len(sum) + 2) / 3 * 4]byte
	base64.StdEncoding.Encode(text[:], sum[:])
	var id requestID
	n := 0
	for _, c := range text {
		if digitOf(c) < 0 {
			continue // one of +/=
		}
		id[n] = c
		if n++; n == len(id) {
			break
		}
	}
	return id
}

// parseRequestID reads the ID of a URL or a body; any other text is nobody's ID.
func parseRequestID(text string) (id requestID, ok bool) {
	if len(text) != len(id) {
		return id, false
	}
	for i := range len(text) {
		if digitOf(text[i]) < 0 {
			return id, false
		}
	}
	copy(id[:], text)
	return id, true
}

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

func (id requestID) pack() (p packedID) {
	for _, c := range id[:highCharacters] {
		p.high = p.high<<characterBits | uint64(digitOf(c))
	}
	for _, c := range id[highCharacters:] {
		p.low = p.low<<characterBits | uint32(digitOf(c))
	}
	return p
}

func (p packedID) unpack() (id requestID) {
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

// requestSuffix ends the name of a request's file.
const requestSuffix = ".json"
