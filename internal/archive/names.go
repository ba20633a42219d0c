// Package archive keeps records as files: in a folder, a ZIP or a tar, with an
// index that tells which key, media type and checksum each file has.
package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// IndexName is the file that describes the others, a JSON object a line.
const IndexName = "__index__.jsonl"

// longestName leaves room for a hash within the 255 bytes of file systems, and
// for Windows's short paths.
const longestName = 180

// Names gives every key a file name of its own that Linux, macOS and Windows
// take: the key itself where that is one, otherwise as much of it as may stay
// and a part of its hash behind a ~, which no key of the API has.
type Names struct {
	keys  map[string]string // by the name without case
	names map[string]string // by key, where they were taken before
}

// NewNames starts with names that keys have already.
func NewNames(before []Entry) *Names {
	n := &Names{keys: map[string]string{strings.ToLower(IndexName): ""}, names: map[string]string{}}
	for _, entry := range before {
		if folded := strings.ToLower(entry.File); safe(entry.File) && n.free(entry.File, entry.Key) {
			n.keys[folded] = entry.Key
			n.names[entry.Key] = entry.File
		}
	}
	return n
}

func (n *Names) free(name, key string) bool {
	other, taken := n.keys[strings.ToLower(name)]
	return !taken || other == key && key != ""
}

// For returns the name for a key, always the same one.
func (n *Names) For(key string) string {
	if name, ok := n.names[key]; ok {
		return name
	}
	name := key
	for digits := 12; !safe(name) || !n.free(name, key); digits += 4 {
		sum := sha256.Sum256([]byte(key))
		name = harmless(key) + "~" + hex.EncodeToString(sum[:])[:min(digits, 64)]
	}
	n.keys[strings.ToLower(name)] = key
	if name != key {
		n.names[key] = name
	}
	return name
}

// safe tells whether a name is a plain file's everywhere.
func safe(name string) bool {
	if name == "" || len(name) > longestName+65 || name[len(name)-1] == '.' || isDevice(name) {
		return false
	}
	if len(name) > longestName && !strings.Contains(name, "~") {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return !harmlessRune(r) && r != '~' })
}

// harmless is as much of a key as can be in a name.
func harmless(key string) string {
	kept := strings.Map(func(r rune) rune {
		if harmlessRune(r) {
			return r
		}
		return '_'
	}, key)
	kept = kept[:min(len(kept), longestName)]
	if stem, rest, _ := strings.Cut(kept, "."); isDevice(stem) {
		kept = stem + "_" + rest
	}
	return kept
}

func harmlessRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r != 0 && strings.ContainsRune("!-_.'()", r)
}

// isDevice reports names that Windows keeps for devices, with any ending.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'
}
