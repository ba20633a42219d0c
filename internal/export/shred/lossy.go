package shred

import (
	"bytes"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// appendUnescaped appends what stands between the quotes of a string, which is
// UTF-8, decoded. It reports whether an escape stands for no character.
func appendUnescaped(dst, s []byte) (text []byte, lossy bool) {
	for {
		at := bytes.IndexByte(s, '\\')
		if at < 0 {
			return append(dst, s...), lossy
		}
		dst = append(dst, s[:at]...)
		s = s[at:]
		r, size := rawjson.Unescape(s)
		if r == utf8.RuneError && s[1] == 'u' {
			lossy = lossy || size != len(`\ufffd`) || !bytes.EqualFold(s[2:size], []byte("fffd"))
		}
		dst = utf8.AppendRune(dst, r)
		s = s[size:]
	}
}
