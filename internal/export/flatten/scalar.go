package flatten

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// skipScalar returns the offset behind the value at data[i], and whether it is
// plain: a string whose text is what stands between its quotes, ASCII without
// control characters and without special; or a number without exponent or a
// boolean. What is not plain may be so all the same.
func skipScalar(data []byte, i int, special byte) (end int, plain bool, err error) {
	if i >= len(data) {
		return i, false, rawjson.ErrIncomplete
	}
	c := data[i]
	switch {
	case c == '"':
		return skipString(data, i, special)
	case c == '-' || c-'0' <= 9:
		for end = i + 1; end < len(data) && (data[end]-'0' <= 9 || data[end] == '.'); {
			end++
		}
		if end < len(data) && (data[end] == ',' || data[end] == '}') {
			return end, true, nil
		}
	}
	end, err = rawjson.SkipValue(data, i)
	return end, err == nil && (c == 't' && string(data[i:end]) == "true" || c == 'f' && string(data[i:end]) == "false"), err
}

// skipString is skipScalar for a string, eight bytes at a time.
func skipString(data []byte, i int, special byte) (end int, plain bool, err error) {
	delimiters := uint64(special) * rawjson.EachByte
	var seen uint64 // the highest bit of a byte is set if one like it is not plain
	for at := i + 1; at+8 <= len(data); at += 8 {
		x := binary.LittleEndian.Uint64(data[at:])
		quotes, slashes := rawjson.Zeros(x^'"'*rawjson.EachByte), rawjson.Zeros(x^'\\'*rawjson.EachByte)
		others := rawjson.Zeros(x^delimiters) | (x - ' '*rawjson.EachByte) | x
		if quotes != 0 {
			before := quotes&-quotes - 1
			if slashes&before != 0 {
				break
			}
			seen |= others & before
			return at + bits.TrailingZeros64(quotes)/8 + 1, seen&rawjson.HighBits == 0, nil
		}
		if slashes != 0 {
			break
		}
		seen |= others
	}
	end, err = rawjson.SkipString(data, i)
	return end, false, err
}

// label is text that items are expected to have at a place, such as a key in
// quotes and the colon behind it.
type label struct {
	text        []byte
	first, last uint64 // eight bytes at its start and at its end, zeros where it is shorter
	mask        uint64 // of the bytes of first that count
}

// keyLabel is the label of a quoted key.
func keyLabel(quoted []byte) label {
	return newLabel(append(append(make([]byte, 0, len(quoted)+1), quoted...), ':'))
}

func newLabel(text []byte) label {
	l := label{text: bytes.Clone(text), mask: ^uint64(0)}
	if short := 8 - len(l.text); short > 0 {
		l.mask >>= 8 * short
	}
	var padded [8]byte
	copy(padded[:], l.text)
	l.first = binary.LittleEndian.Uint64(padded[:])
	if len(l.text) >= 8 {
		l.last = binary.LittleEndian.Uint64(l.text[len(l.text)-8:])
	}
	return l
}

// startsAt reports whether the label stands at data[i].
func (l *label) startsAt(data []byte, i int) bool {
	if i+8 > len(data) || binary.LittleEndian.Uint64(data[i:])&l.mask != l.first {
		return false
	}
	length := len(l.text)
	if length <= 8 {
		return true
	}
	end := i + length
	if end > len(data) || binary.LittleEndian.Uint64(data[end-8:]) != l.last {
		return false
	}
	return length <= 16 || string(data[i+8:end-8]) == string(l.text[8:length-8])
}
