package export

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// appendDecoded appends the cell of what is between the quotes of a JSON string.
// It decodes the text, doubles its quotes and finds out whether the cell needs
// some around it in one go, where the delimiter is one byte that can be in no
// number; see appendString for the same in steps.
func (c *csvStyle) appendDecoded(dst, inner []byte) []byte {
	var (
		delimiters = uint64(c.delimiter[0]) * rawjson.EachByte
		start      = len(dst)
		quoted     bool
		found      uint64 // highest bits of bytes that are delimiters
	)
	dst = append(dst, '"') // taken back where it is not needed
	for i := 0; i < len(inner); {
		if i+8 <= len(inner) {
			x := binary.LittleEndian.Uint64(inner[i:])
			special := rawjson.Zeros(x^'\\'*rawjson.EachByte) | (x-' '*rawjson.EachByte)&^x&rawjson.HighBits | x&rawjson.HighBits
			if special == 0 {
				found |= rawjson.Zeros(x ^ delimiters)
				dst = binary.LittleEndian.AppendUint64(dst, x)
				i += 8
				continue
			}
			plain := bits.TrailingZeros64(special) / 8
			found |= rawjson.Zeros(x^delimiters) & (special - 1) // behind the first special one only those that are so themselves
			dst = append(dst, inner[i:i+plain]...)
			i += plain
		}
		var r rune
		var size int
		switch b := inner[i]; {
		case b == '\\':
			r, size = rawjson.Unescape(inner[i:])
		case b < utf8.RuneSelf:
			r, size = rune(b), 1
		default:
			r, size = utf8.DecodeRune(inner[i:])
		}
		i += size
		if r < utf8.RuneSelf {
			quoted = quoted || c.quote[r]
			if r == '"' {
				dst = append(dst, '"')
			}
			dst = append(dst, byte(r))
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	if text := dst[start+1:]; !quoted && found == 0 && !spaceAtEnd(text) {
		return dst[:start+copy(dst[start:], text)]
	}
	return append(dst, '"')
}
