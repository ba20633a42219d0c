package uniquekey

import "strings"

type parameter struct{ name, value string }

// parseForm reads application/x-www-form-urlencoded as the URL standard has it,
// which, unlike net/url, takes anything: a stray % stands for itself.
func parseForm(query string) []parameter {
	var parameters []parameter
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		parameters = append(parameters, parameter{decode(name), decode(value)})
	}
	return parameters
}

func decode(text string) string {
	if strings.IndexByte(text, '%') < 0 && strings.IndexByte(text, '+') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			out = append(out, ' ')
		case c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			out = append(out, unhex(text[i+1])<<4|unhex(text[i+2]))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return toValidUTF8(out)
}

// toValidUTF8 puts one U+FFFD for each maximal part of a broken sequence, as
// browsers do. Go's own puts one for each byte or run.
func toValidUTF8(text []byte) string {
	var out strings.Builder
	for len(text) > 0 {
		n, ok := sequence(text)
		if ok {
			out.Write(text[:n])
		} else {
			out.WriteRune('\ufffd')
		}
		text = text[n:]
	}
	return out.String()
}

// sequence is the length of the first character, or of the longest beginning of
// one where it is broken.
func sequence(text []byte) (length int, ok bool) {
	first := text[0]
	need, low, high := 0, byte(0x80), byte(0xbf)
	switch {
	case first < 0x80:
		return 1, true
	case first >= 0xc2 && first <= 0xdf:
		need = 1
	case first >= 0xe0 && first <= 0xef:
		need = 2
		if first == 0xe0 {
			low = 0xa0
		} else if first == 0xed {
			high = 0x9f
		}
	case first >= 0xf0 && first <= 0xf4:
		need = 3
		if first == 0xf0 {
			low = 0x90
		} else if first == 0xf4 {
			high = 0x8f
		}
	default:
		return 1, false
	}
	for i := 1; i <= need; i++ {
		if i >= len(text) || text[i] < low || text[i] > high {
			return i, false
		}
		low, high = 0x80, 0xbf
	}
	return need + 1, true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// writeForm escapes what is not a letter, a digit or one of *-._ .
func writeForm(out *strings.Builder, text string) {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		c := text[i]
		switch {
		case c == ' ':
			out.WriteByte('+')
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', strings.IndexByte("*-._", c) >= 0:
			out.WriteByte(c)
		default:
			out.WriteByte('%')
			out.WriteByte(digits[c>>4])
			out.WriteByte(digits[c&15])
		}
	}
}
