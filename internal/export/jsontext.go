package export

import (
	"bytes"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// markup escapes text for XML or HTML.
type markup struct {
	// escapes has for each byte what it becomes; "" leaves it as it is.
	escapes [utf8.RuneSelf]string
	plain   [256]bool // ASCII without an escape
	inside  [256]bool // likewise, in a JSON string: without quotes and backslashes
	decoded []byte
}

// ready is called when escapes are as they shall be.
func (m *markup) ready() *markup {
	for c, escape := range m.escapes {
		m.plain[c] = escape == ""
		m.inside[c] = escape == "" && c != '"' && c != '\\'
	}
	return m
}

// escape appends text. What XML 1.0 forbids, even as a reference, becomes
// U+FFFD: control characters, U+FFFE and U+FFFF.
func (m *markup) escape(dst, text []byte) []byte {
	plain := 0
	for i := 0; i < len(text); {
		c := text[i]
		if m.plain[c] {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			if r, size = utf8.DecodeRune(text[i:]); permitted(r, size) {
				i += size
				continue
			}
		}
		dst = m.rune(append(dst, text[plain:i]...), r)
		i += size
		plain = i
	}
	return append(dst, text[plain:]...)
}

// quoted appends the text of the JSON string whose opening quote is at data[i]
// and returns the offset behind it: the bytes are looked at once, whatever is
// escaped in them.
func (m *markup) quoted(dst, data []byte, i int) ([]byte, int, error) {
	start := i
	i++
	plain := i
	for {
		for i < len(data) && m.inside[data[i]] {
			i++
		}
		if i >= len(data) {
			return dst, start, rawjson.ErrIncomplete
		}
		c := data[i]
		if c == '"' {
			return append(dst, data[plain:i]...), i + 1, nil
		}
		r, size := rune(c), 1
		if c == '\\' {
			r, size = rawjson.Unescape(data[i:])
		} else if c >= utf8.RuneSelf {
			if r, size = utf8.DecodeRune(data[i:]); permitted(r, size) {
				i += size
				continue
			}
		}
		dst = m.rune(append(dst, data[plain:i]...), r)
		i += size
		plain = i
	}
}

// rune appends one character.
func (m *markup) rune(dst []byte, r rune) []byte {
	switch {
	case r >= utf8.RuneSelf && permitted(r, utf8.RuneLen(r)):
		return utf8.AppendRune(dst, r)
	case r >= utf8.RuneSelf:
		return append(dst, forbidden...)
	case m.plain[r]:
		return append(dst, byte(r))
	}
	return append(dst, m.escapes[r]...)
}

// permitted reports whether a decoded character above ASCII may stay.
func permitted(r rune, size int) bool {
	return r != 0xfffe && r != 0xffff && (r != utf8.RuneError || size > 1)
}

// scalar appends the text of a JSON scalar; null is nothing.
func (m *markup) scalar(dst, value []byte) []byte {
	switch value[0] {
	case '"':
		dst, _, _ = m.quoted(dst, value, 0) // whoever cut the value has found its end
		return dst
	case 'n':
		return dst
	}
	return m.escape(dst, value)
}

// text decodes a quoted string. The result is valid until the next call.
func (m *markup) text(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if !hasBackslash(inner) {
		return inner
	}
	m.decoded = rawjson.AppendUnquoted(m.decoded[:0], quoted)
	return m.decoded
}

func hasBackslash(text []byte) bool { return bytes.IndexByte(text, '\\') >= 0 }

const forbidden = "\ufffd"

// newXMLText escapes for the text of an element. A carriage return would be
// read as a line feed if it stood there as it is, and ]]> may not.
func newXMLText() *markup {
	m := &markup{}
	for c := range rune(0x20) {
		m.escapes[c] = forbidden
	}
	m.escapes['\t'], m.escapes['\n'], m.escapes['\r'] = "", "", "&#xD;"
	m.escapes['&'], m.escapes['<'], m.escapes['>'] = "&amp;", "&lt;", "&gt;"
	return m.ready()
}

// newXMLAttribute escapes for the value of an attribute, in which a reader
// turns tabs and line ends into spaces.
func newXMLAttribute() *markup {
	m := newXMLText()
	m.escapes['\t'], m.escapes['\n'] = "&#x9;", "&#xA;"
	m.escapes['"'] = "&quot;"
	return m.ready()
}

// newHTMLText escapes for text and for values of attributes.
func newHTMLText() *markup {
	m := newXMLText()
	m.escapes['\r'] = "&#13;"
	m.escapes['"'], m.escapes['\''] = "&#34;", "&#39;"
	return m.ready()
}
