package requestfile

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// ID is what the API calls a request's ID: it follows from the unique key.
type ID [15]byte

func (id ID) String() string { return string(id[:]) }

// IDOf is the ID of the request with a unique key: SHA-256 in standard base64
// without +, / and =, cut off behind 15 characters.
func IDOf(uniqueKey string) ID {
	sum := sha256.Sum256([]byte(uniqueKey))
	var text [(len(sum) + 2) / 3 * 4]byte
	base64.StdEncoding.Encode(text[:], sum[:])
	var id ID
	n := 0
	for _, c := range text {
		if !isAlphanumeric(c) {
			continue
		}
		id[n] = c
		if n++; n == len(id) {
			break
		}
	}
	return id
}

// ParseID reads the ID of a URL or a body; any other text is nobody's ID.
func ParseID(text string) (id ID, ok bool) {
	if len(text) != len(id) {
		return id, false
	}
	for i := range len(text) {
		if !isAlphanumeric(text[i]) {
			return id, false
		}
	}
	copy(id[:], text)
	return id, true
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

const ending = ".json"

// Name is the file that a layout keeps a request in, in the queue's folder.
// The SDKs that have no ID in the file look for no other name.
func Name(layout Layout, uniqueKey string) string {
	if layout.hexNames() {
		sum := sha256.Sum256([]byte(uniqueKey))
		return hex.EncodeToString(sum[:])[:len(ID{})] + ending
	}
	return IDOf(uniqueKey).String() + ending
}
