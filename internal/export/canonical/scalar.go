package canonical

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"strconv"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// appendScalar appends a number or a literal.
func appendScalar(dst, text []byte) []byte {
	switch string(text) {
	case "true":
		return append(dst, tagTrue)
	case "false":
		return append(dst, tagFalse)
	case "null":
		return append(dst, tagNull)
	}
	n, ok := parseNumber(text)
	if !ok {
		dst = binary.AppendUvarint(append(dst, tagOther), uint64(len(text)))
		return append(dst, text...)
	}
	return n.append(append(dst, tagNumber))
}

// number is a number as it is spelled.
type number struct {
	negative          bool
	integer, fraction []byte // digits
	exponent          []byte // with its sign, if it has one
}

func parseNumber(text []byte) (n number, ok bool) {
	if len(text) > 0 && text[0] == '-' {
		n.negative, text = true, text[1:]
	}
	n.integer, text = digits(text)
	ok = len(n.integer) > 0 && (n.integer[0] != '0' || len(n.integer) == 1)
	if ok && len(text) > 0 && text[0] == '.' {
		n.fraction, text = digits(text[1:])
		ok = len(n.fraction) > 0
	}
	if ok && len(text) > 0 && text[0]|0x20 == 'e' {
		n.exponent = text[1:]
		unsigned := n.exponent
		if len(unsigned) > 0 && (unsigned[0] == '-' || unsigned[0] == '+') {
			unsigned = unsigned[1:]
		}
		unsigned, text = digits(unsigned)
		ok = len(unsigned) > 0
	}
	return n, ok && len(text) == 0
}

func digits(text []byte) (head, rest []byte) {
	i := 0
	for i < len(text) && text[i]-'0' <= 9 {
		i++
	}
	return text[:i], text[i:]
}

// append appends the digits from the first to the last that is not 0, and the
// power of ten that the last of them counts.
func (n number) append(dst []byte) []byte {
	start := len(dst)
	if n.negative {
		dst = append(dst, '-')
	}
	first := len(dst)
	dst = append(dst, bytes.TrimLeft(n.integer, "0")...)
	if len(dst) == first {
		dst = append(dst, bytes.TrimLeft(n.fraction, "0")...)
	} else {
		dst = append(dst, n.fraction...)
	}
	end := len(dst)
	for end > first && dst[end-1] == '0' {
		end--
	}
	if end == first { // 0, whatever its sign
		return append(dst[:start], "0e0"...)
	}
	shift := int64(len(dst) - end - len(n.fraction))
	dst = append(dst[:end], 'e')
	if len(n.exponent) == 0 {
		return strconv.AppendInt(dst, shift, 10)
	}
	if exponent, err := strconv.ParseInt(string(n.exponent), 10, 64); err == nil && exponent < 1<<60 && exponent > -1<<60 {
		return strconv.AppendInt(dst, exponent+shift, 10)
	}
	exponent, _ := new(big.Int).SetString(string(n.exponent), 10) // it consists of digits
	return exponent.Add(exponent, big.NewInt(shift)).Append(dst, 10)
}

// appendUnescaped appends the text of a JSON string. Half of a surrogate pair, which
// no text has, becomes the three bytes that UTF-8 would have for it: unlike U+FFFD,
// nothing else becomes the same.
func appendUnescaped(dst, s []byte) []byte {
	for {
		escape := bytes.IndexByte(s, '\\')
		if escape < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:escape]...)
		s = s[escape:]
		r, size := rawjson.Unescape(s)
		if half, lone := loneSurrogate(s[:size]); lone && r == utf8.RuneError {
			dst = append(dst, 0xe0|byte(half>>12), 0x80|byte(half>>6)&0xbf, 0x80|byte(half)&0x3f)
		} else {
			dst = utf8.AppendRune(dst, r)
		}
		s = s[size:]
	}
}

// loneSurrogate reads \uD800 to \uDFFF.
func loneSurrogate(escape []byte) (half uint16, ok bool) {
	if len(escape) != 6 {
		return 0, false
	}
	code, err := strconv.ParseUint(string(escape[2:]), 16, 16)
	return uint16(code), err == nil && code >= 0xd800 && code <= 0xdfff
}
