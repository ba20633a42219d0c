package rawjson

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendCompact appends src to dst without the white space outside strings.
// Nothing else changes.
func AppendCompact(dst, src []byte) ([]byte, error) {
	for i := 0; i < len(src); {
		switch src[i] {
		case ' ', '\n', '\t', '\r':
			i++
		case '"':
			end, err := SkipString(src, i)
			if err != nil {
				return dst, err
			}
			dst = append(dst, src[i:end]...)
			i = end
		default:
			dst = append(dst, src[i])
			i++
		}
	}
	return dst, nil
}

// AppendUnquoted appends the text of a quoted JSON string. Lone surrogates and
// bytes that are not UTF-8 become U+FFFD, as encoding/json has it; an escape
// that JSON does not know stands for itself.
func AppendUnquoted(dst, quoted []byte) []byte {
	if len(quoted) < 2 {
		return dst
	}
	return AppendUnescaped(dst, quoted[1:len(quoted)-1])
}

// AppendUnescaped is AppendUnquoted of what stands between the quotes.
func AppendUnescaped(dst, s []byte) []byte {
	for {
		escape := bytes.IndexByte(s, '\\')
		if escape < 0 {
			return appendValid(dst, s)
		}
		dst = appendValid(dst, s[:escape])
		r, size := Unescape(s[escape:])
		dst = utf8.AppendRune(dst, r)
		s = s[escape+size:]
	}
}

// appendValid appends text with U+FFFD for each byte that is not UTF-8.
func appendValid(dst, text []byte) []byte {
	if utf8.Valid(text) {
		return append(dst, text...)
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		dst = utf8.AppendRune(dst, r)
		text = text[size:]
	}
	return dst
}

// Unescape decodes the escape sequence that s, the rest of a JSON string, starts
// with, and returns how many bytes that took: 1 for a backslash that nothing
// follows, and at most 12, for a surrogate pair. What is wrong becomes what
// AppendUnquoted says.
func Unescape(s []byte) (r rune, size int) {
	if len(s) < 2 {
		return '\\', len(s)
	}
	switch s[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return unicodeEscape(s)
	}
	r, size = utf8.DecodeRune(s[1:])
	return r, 1 + size
}

// unicodeEscape decodes the \uXXXX that s starts with, and its low surrogate
// if it has one, and returns how many bytes that took.
func unicodeEscape(s []byte) (rune, int) {
	r, ok := hex4(s)
	if !ok {
		return utf8.RuneError, 2
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hex4(s[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// AppendMember appends a member to a JSON object that is not yet closed; nil is an
// object without members.
func AppendMember(object, key, value []byte) []byte {
	if object == nil {
		object = append(object, '{')
	} else {
		object = append(object, ',')
	}
	object = append(object, key...)
	object = append(object, ':')
	return append(object, value...)
}
