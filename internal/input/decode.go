package input

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// EncodingError is text that is not of the encoding that it is read in.
type EncodingError struct {
	Line     int   // counted from 1
	Byte     int64 // of the whole text, counted from 1
	Encoding string
}

func (e *EncodingError) Error() string {
	return fmt.Sprintf("line %d: not valid %s at byte %d", e.Line, e.Encoding, e.Byte)
}

// Decode reads text as UTF-8 without a byte order mark. encoding is one of
// Encodings; "" finds it out: UTF-8, or UTF-16 if a byte order mark says so, or
// a NUL beside each of the first two characters. What is not valid ends it with
// an *EncodingError; it is never replaced.
func Decode(r io.Reader, encoding string) io.Reader {
	return &decoder{r: r, encoding: encoding, raw: make([]byte, decodedBytes)}
}

// decodedBytes is how much is decoded at once.
const decodedBytes = 64 << 10

type decoder struct {
	r        io.Reader
	encoding string
	codec    *codec

	raw        []byte
	start, end int   // of what was read and not decoded
	ended      error // of r

	text   []byte // decoded
	out    []byte // the part of it that was not handed out
	passed int64  // bytes that were decoded
	at     place  // behind text
	failed error
}

func (d *decoder) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.failed != nil {
			return 0, d.failed
		}
		d.failed = d.more()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// more decodes some more text into out; its error is for when that was read.
func (d *decoder) more() error {
	if d.codec == nil {
		if err := d.begin(); err != nil {
			return err
		}
	}
	if d.ended != nil && d.start == d.end {
		return d.ended
	}
	text, used, err := d.codec.decode(d.text[:0], d.raw[d.start:d.end], d.ended != nil)
	d.start += used
	d.passed += int64(used)
	d.at.pass(text)
	d.text, d.out = text, text
	switch {
	case err != nil && d.ended != nil && !errors.Is(d.ended, io.EOF) && d.end-d.start < utf8.UTFMax:
		return d.ended // what ended it may have cut a character
	case err != nil:
		return &EncodingError{Line: d.at.line(), Byte: d.passed + 1, Encoding: d.codec.name}
	case used == 0 && d.ended == nil: // the rest of a character is to come
		d.fill()
	}
	return nil
}

// fill reads more behind what was not decoded.
func (d *decoder) fill() {
	d.end = copy(d.raw, d.raw[d.start:d.end])
	d.start = 0
	n, err := d.r.Read(d.raw[d.end:])
	d.end += n
	d.ended = err
}

// begin finds out the encoding.
func (d *decoder) begin() (err error) {
	for d.end < utf8.UTFMax && d.ended == nil {
		d.fill()
	}
	head := d.raw[:d.end]
	mark, length := markOf(head)
	switch {
	case mark == "utf-32":
		return errors.New("it is UTF-32, which is not read; save it as UTF-8")
	case mark != "" && d.encoding != "" && !isUnicode(d.encoding):
		return fmt.Errorf("it begins with the byte order mark of %s, and is no %s", mark, d.encoding)
	case mark != "":
		d.start, d.passed = length, int64(length)
	case d.encoding != "":
		mark = d.encoding
	default:
		mark = unmarked(head)
	}
	d.codec, err = lookupCodec(mark)
	return err
}

// markOf is the encoding that a byte order mark tells, and how long that is.
func markOf(text []byte) (encoding string, length int) {
	switch {
	case bytes.HasPrefix(text, []byte{0xef, 0xbb, 0xbf}):
		return "utf-8", 3
	case bytes.HasPrefix(text, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(text, []byte{0, 0, 0xfe, 0xff}):
		return "utf-32", 4
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		return "utf-16le", 2
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		return "utf-16be", 2
	}
	return "", 0
}

// unmarked is the encoding of text without a byte order mark. Nothing that is
// read here begins in UTF-8 with every other byte NUL but for a cell in quotes;
// in UTF-16, such a cell is found to be none.
func unmarked(text []byte) string {
	if len(text) < 4 {
		return "utf-8"
	}
	ascii := func(i int) bool { return text[i] > 0 && text[i] < utf8.RuneSelf }
	switch {
	case ascii(0) && text[0] != '"' && text[1] == 0 && ascii(2) && text[3] == 0:
		return "utf-16le"
	case text[0] == 0 && ascii(1) && text[2] == 0 && ascii(3):
		return "utf-16be"
	}
	return "utf-8"
}
