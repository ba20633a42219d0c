package output

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe makes visible what could move the cursor, change a terminal's settings
// or make text look like other text: control characters, line and paragraph
// separators, bidirectional overrides, characters that are not drawn, bytes that are
// not UTF-8. ESC becomes \x1b, a line break \n, U+202E \u202e. Backslashes
// stay as they are, so the result is for people, not for reading back.
func Safe(text string) string {
	if isPlain(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 16)
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if needsEscape(r, size) {
			b.Write(appendEscape(nil, r, text[0], size))
		} else {
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

// SafeStream does to a stream what Safe does to a text, but keeps line feeds
// and tabs. It is not for several goroutines at once.
type SafeStream struct {
	w      io.Writer
	buffer []byte // what one Write hands on
	held   []byte // the start of a rune whose rest has not come yet
}

// SafeWriter returns a SafeStream that writes to w. A rune may be split over
// two writes; Flush writes what is left of one that never became whole.
func SafeWriter(w io.Writer) *SafeStream {
	return &SafeStream{w: w}
}

// Write hands data on to the writer below in one call.
func (s *SafeStream) Write(data []byte) (int, error) {
	rest := data
	if len(s.held) > 0 {
		rest = slices.Concat(s.held, data)
	}
	s.buffer = s.buffer[:0]
	for len(rest) > 0 && utf8.FullRune(rest) {
		rest = s.take(rest)
	}
	s.held = bytes.Clone(rest)
	if err := s.emit(); err != nil {
		return 0, err
	}
	return len(data), nil
}

// Flush writes the bytes of an unfinished rune, made visible. It belongs at the
// end of the stream.
func (s *SafeStream) Flush() error {
	s.buffer = s.buffer[:0]
	for rest := s.held; len(rest) > 0; {
		rest = s.take(rest)
	}
	s.held = nil
	return s.emit()
}

// take moves the first rune of data to the buffer.
func (s *SafeStream) take(data []byte) []byte {
	r, size := utf8.DecodeRune(data)
	if r != '\n' && r != '\t' && needsEscape(r, size) {
		s.buffer = appendEscape(s.buffer, r, data[0], size)
	} else {
		s.buffer = append(s.buffer, data[:size]...)
	}
	return data[size:]
}

func (s *SafeStream) emit() error {
	if len(s.buffer) == 0 {
		return nil
	}
	_, err := s.w.Write(s.buffer)
	return err
}

func isPlain(text string) bool {
	for i, r := range text {
		if r >= ' ' && r < utf8.RuneSelf && r != 0x7f {
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		if needsEscape(r, size) {
			return false
		}
	}
	return true
}

// needsEscape judges a rune as utf8.DecodeRune returned it.
func needsEscape(r rune, size int) bool {
	switch {
	case r < utf8.RuneSelf:
		return r < ' ' || r == 0x7f
	case r == utf8.RuneError:
		return size == 1 // a byte that is not UTF-8; U+FFFD itself has three
	case r < 0xa0: // C1
		return true
	case unicode.In(r, unicode.Zl, unicode.Zp):
		return true
	case r >= 0xe0000: // tags, selectors of variants, planes for private use: nothing that is drawn
		return true
	case strings.ContainsRune(blanks, r):
		return true
	}
	// Format characters are invisible, except for the few of Arabic, Syriac and
	// Kaithi that are drawn around the digits after them.
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// blanks are letters and marks that are not drawn either: fillers of Hangul, the
// joiner of graphemes, vowels of Khmer, selectors of Mongolian. The selectors
// U+FE00 to U+FE0F stay, of which emoji are made.
const blanks = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"

func appendEscape(b []byte, r rune, first byte, size int) []byte {
	switch {
	case r == '\n':
		return append(b, `\n`...)
	case r == '\r':
		return append(b, `\r`...)
	case r == '\t':
		return append(b, `\t`...)
	case size == 1:
		return fmt.Appendf(b, `\x%02x`, first)
	case r <= 0xffff:
		return fmt.Appendf(b, `\u%04x`, r)
	}
	return fmt.Appendf(b, `\U%08x`, r)
}
