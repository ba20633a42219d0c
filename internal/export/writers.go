package export

import (
	"io"
	"unicode"
	"unicode/utf8"
)

const byteOrderMark = "\xef\xbb\xbf"

// text is what all text formats share: no byte order mark unless it was asked
// for, and nothing that a terminal would obey.
func text(create newEncoder) newEncoder { return decorated(create, false) }

// spreadsheetText is text with a byte order mark by default, as on the
// platform: Excel takes a CSV file without one for a legacy code page.
func spreadsheetText(create newEncoder) newEncoder { return decorated(create, true) }

func decorated(create newEncoder, mark bool) newEncoder {
	return func(w io.Writer, o Options) (encoder, error) {
		switch {
		case o.Terminal:
			w = &terminalWriter{w: w}
		case o.BOM == nil && mark, o.BOM != nil && *o.BOM:
			w = &markedWriter{w: w}
		}
		return create(w, o)
	}
}

// markedWriter puts a byte order mark before the first byte. An export without
// any content stays an empty file: a lone mark is no header and no row, and
// fools whoever tests a file for emptiness.
type markedWriter struct {
	w       io.Writer
	started bool
}

func (m *markedWriter) Write(p []byte) (int, error) {
	if !m.started && len(p) > 0 {
		m.started = true
		if _, err := io.WriteString(m.w, byteOrderMark); err != nil {
			return 0, err
		}
	}
	return m.w.Write(p)
}

// terminalWriter makes visible what a terminal would obey. Line ends and tabs
// pass. Items come from the web: an escape sequence in one could rewrite the
// screen or type into the shell.
type terminalWriter struct {
	w       io.Writer
	partial []byte // the start of a character that the next Write completes
	out     []byte
}

func (t *terminalWriter) Write(p []byte) (int, error) {
	t.partial = append(t.partial, p...)
	data := t.partial
	t.out = t.out[:0]
	for utf8.FullRune(data) {
		r, size := utf8.DecodeRune(data)
		if r == '\n' || r == '\t' {
			t.out = append(t.out, byte(r))
		} else {
			t.out = appendVisible(t.out, r)
		}
		data = data[size:]
	}
	t.partial = append(t.partial[:0], data...)
	if _, err := t.w.Write(t.out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// appendVisible appends r, or a picture of it where a terminal would act on it
// or show the text around it in another order.
func appendVisible(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	switch {
	case r == ' ' || unicode.IsGraphic(r):
		return utf8.AppendRune(dst, r)
	case r < 0x20:
		return utf8.AppendRune(dst, 0x2400+r) // control pictures: ␛ for escape
	case r == 0x7f:
		return utf8.AppendRune(dst, '␡')
	case r == 0x200d || r == 0x200c: // joiners: emoji and Indic scripts need them
		return utf8.AppendRune(dst, r)
	case r <= 0xffff && (unicode.Is(unicode.Cf, r) || r < 0xa0 || r == 0x2028 || r == 0x2029):
		return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
	}
	return utf8.AppendRune(dst, r) // unassigned and private: a terminal shows a box
}

// chunk is how much the encoders gather before they write.
const chunk = 128 << 10

// output gathers what an encoder writes.
type output struct {
	w   io.Writer
	buf []byte
}

// spill writes what was gathered when it is enough for a write.
func (o *output) spill() error {
	if len(o.buf) < chunk {
		return nil
	}
	return o.flush()
}

func (o *output) flush() error {
	if len(o.buf) == 0 {
		return nil
	}
	_, err := o.w.Write(o.buf)
	o.buf = o.buf[:0]
	return err
}
