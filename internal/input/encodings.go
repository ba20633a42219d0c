package input

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/transform"
)

// codec decodes text of one encoding.
type codec struct {
	name string
	// decode appends the text of src to dst, as much as is complete, and tells how
	// many bytes that were. With an error the next byte belongs to nothing valid.
	decode func(dst, src []byte, atEOF bool) (text []byte, used int, err error)
}

// errInvalid ends what a codec decodes; the decoder says where.
var errInvalid = errors.New("not valid")

// Encodings are the names that Options.Encoding and --encoding take, the usual
// ones first. Case, hyphens and the like do not matter.
func Encodings() []string {
	names := []string{"utf-8", "utf-16le", "utf-16be", "latin1", "windows-1252"}
	for _, named := range tables() {
		if !slices.Contains(names, named.name) {
			names = append(names, named.name)
		}
	}
	return names
}

// CheckEncoding tells whether an encoding is known; "" is.
func CheckEncoding(name string) error {
	if name == "" {
		return nil
	}
	_, err := lookupCodec(name)
	return err
}

type table struct {
	name string
	encoding.Encoding
}

// tables are the encodings that x/text knows.
func tables() []table {
	plain := strings.NewReplacer(" ", "-", "ibm code page ", "cp", "windows code page ", "cp")
	var all []table
	for _, group := range [][]encoding.Encoding{charmap.All, japanese.All, korean.All, simplifiedchinese.All, traditionalchinese.All} {
		for _, one := range group {
			name := plain.Replace(strings.ToLower(fmt.Sprint(one)))
			if one != charmap.XUserDefined {
				all = append(all, table{name, one})
			}
		}
	}
	return all
}

func isUnicode(name string) bool { return strings.HasPrefix(plainName(name), "utf") }

// plainName is what counts of a name.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

func lookupCodec(name string) (*codec, error) {
	plain := plainName(name)
	switch plain {
	case "utf8":
		return &codec{"UTF-8", decodeUTF8}, nil
	case "utf16le":
		return &codec{"UTF-16", utf16In(binary.LittleEndian)}, nil
	case "utf16be", "utf16":
		return &codec{"UTF-16", utf16In(binary.BigEndian)}, nil
	case "latin1", "iso88591":
		plain = "windows1252" // which has letters where latin1 has nothing, as browsers read it
	case "sjis":
		plain = "shiftjis"
	}
	if number, ok := strings.CutPrefix(plain, "cp125"); ok {
		plain = "windows125" + number
	}
	for _, one := range tables() {
		if plainName(one.name) == plain {
			return &codec{one.name, tableDecoder(one)}, nil
		}
	}
	return nil, fmt.Errorf("unknown encoding %q; known are %s", name, strings.Join(Encodings(), ", "))
}

func decodeUTF8(dst, src []byte, atEOF bool) ([]byte, int, error) {
	if utf8.Valid(src) {
		return append(dst, src...), len(src), nil
	}
	used := 0
	for used < len(src) {
		r, size := utf8.DecodeRune(src[used:])
		if r == utf8.RuneError && size == 1 {
			if !atEOF && !utf8.FullRune(src[used:]) {
				return append(dst, src[:used]...), used, nil
			}
			return append(dst, src[:used]...), used, errInvalid
		}
		used += size
	}
	return append(dst, src...), used, nil
}

// utf16In refuses surrogates that have no partner.
func utf16In(order binary.ByteOrder) func(dst, src []byte, atEOF bool) ([]byte, int, error) {
	return func(dst, src []byte, atEOF bool) ([]byte, int, error) {
		used := 0
		for len(src)-used >= 2 {
			r, size := rune(order.Uint16(src[used:])), 2
			if utf16.IsSurrogate(r) {
				if len(src)-used < 4 && !atEOF {
					return dst, used, nil
				}
				if len(src)-used < 4 {
					return dst, used, errInvalid
				}
				r, size = utf16.DecodeRune(r, rune(order.Uint16(src[used+2:]))), 4
				if r == utf8.RuneError {
					return dst, used, errInvalid
				}
			}
			dst = utf8.AppendRune(dst, r)
			used += size
		}
		if atEOF && used < len(src) {
			return dst, used, errInvalid
		}
		return dst, used, nil
	}
}

// tableDecoder refuses what x/text replaces.
func tableDecoder(one table) func(dst, src []byte, atEOF bool) ([]byte, int, error) {
	decoder := one.NewDecoder()
	const longest = 8 // of a character, in these encodings and in UTF-8
	return func(dst, src []byte, atEOF bool) ([]byte, int, error) {
		used := 0
		for used < len(src) {
			start := len(dst)
			dst = slices.Grow(dst, 2*(len(src)-used)+longest)
			written, read, err := decoder.Transform(dst[start:cap(dst)], src[used:], atEOF)
			dst = dst[:start+written]
			if i := bytes.IndexRune(dst[start:], utf8.RuneError); i >= 0 {
				valid := dst[:start+i]
				return valid, used + encodedLength(one, valid[start:]), errInvalid
			}
			used += read
			switch {
			case errors.Is(err, transform.ErrShortSrc):
				return dst, used, nil
			case err != nil && !errors.Is(err, transform.ErrShortDst):
				return dst, used, errInvalid
			}
		}
		return dst, used, nil
	}
}

// encodedLength is how many bytes valid text took where it came from.
func encodedLength(one table, text []byte) int {
	encoded, err := one.NewEncoder().Bytes(text)
	if err != nil {
		return len(text)
	}
	return len(encoded)
}
