package export

import (
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// markup escapes text for XML or HTML.
type markup struct {
	// escapes has for each byte what it becomes; "" leaves it as it is.
	escapes [utf8.RuneSelf]string
	plain   [256]bool // ASCII without an escape
	decoded []byte
}

// ready is called when escapes are as they shall be.
func (m *markup) ready() *markup {
	for c, escape := range m.escapes {
		m.plain[c] = escape == ""
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
		if c < utf8.RuneSelf {
			dst = append(append(dst, text[plain:i]...), m.escapes[c]...)
			i++
			plain = i
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 || r == 0xfffe || r == 0xffff {
			dst = append(append(dst, text[plain:i]...), "\ufffd"...)
			plain = i + size
		}
		i += size
	}
	return append(dst, text[plain:]...)
}

// scalar appends the text of a JSON scalar; null is nothing.
func (m *markup) scalar(dst, value []byte) []byte {
	switch value[0] {
	case '"':
		return m.escape(dst, m.text(value))
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
