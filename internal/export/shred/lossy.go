package shred

import (
	"bytes"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

const replacement = "\ufffd"

// replacements counts the U+FFFD of decoded text.
func replacements(text []byte) int { return bytes.Count(text, []byte(replacement)) }

// written counts the U+FFFD that stand in the text of a JSON string, escaped or
// not.
func written(text []byte) int {
	count := bytes.Count(text, []byte(replacement))
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return count
		}
		r, size := rawjson.Unescape(text[i:])
		if r == utf8.RuneError && size == 6 && bytes.EqualFold(text[i+2:i+6], []byte("fffd")) {
			count++
		}
		text = text[i+size:]
	}
}
