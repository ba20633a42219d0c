// Package rawjson finds its way through JSON text without decoding it: it cuts
// arrays into elements and objects into members, and hands out the bytes as
// they came, so that key order, big numbers, duplicate keys and escapes survive.
//
// It checks structure (brackets, quotes, commas, colons), not the spelling of
// scalars; use encoding/json.Valid where that matters.
package rawjson

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
)

// ErrIncomplete means that the text ended inside a value, as a body that was
// cut off does.
var ErrIncomplete = errors.New("JSON text ends inside a value")

// SyntaxError is text that is not JSON, whatever may follow.
type SyntaxError struct {
	Offset int    // of the byte that does not fit
	Want   string // what should have stood there
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: expected %s", e.Offset, e.Want)
}

// Member is one key and value of an object.
type Member struct {
	Key   []byte // the quoted key as it stands in the text
	Value []byte
}

// Name is the decoded key.
func (m Member) Name() string { return string(AppendUnquoted(nil, m.Key)) }

// Next cuts the first value off data, which may hold several in a row with
// white space between them (JSON Lines, concatenated JSON). At the end of data
// it returns a nil value and no error.
func Next(data []byte) (value, rest []byte, err error) {
	start := SkipSpace(data, 0)
	if start == len(data) {
		return nil, nil, nil
	}
	end, err := SkipValue(data, start)
	if err != nil {
		return nil, data, err
	}
	return data[start:end], data[end:], nil
}

// Elements yields the elements of a complete JSON array, without the white
// space around them. It ends with an error where data is anything else; the
// elements before it have been yielded by then.
func Elements(data []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var space [64]int
		ends, err := Ends(data, space[:0])
		start := SkipSpace(data, 0) // of the bracket, or of the comma
		for _, end := range ends {
			start = SkipSpace(data, start+1)
			if !yield(data[start:end], nil) {
				return
			}
			start = SkipSpace(data, end)
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// Members yields the members of a complete JSON object in their order,
// repeated keys included.
func Members(data []byte) iter.Seq2[Member, error] {
	return func(yield func(Member, error) bool) {
		w := walker{data: data, open: '{', end: '}'}
		for w.next() {
			key, err := w.key()
			if err != nil {
				yield(Member{}, err)
				return
			}
			value, err := w.value()
			if err != nil {
				yield(Member{}, err)
				return
			}
			if !yield(Member{Key: key, Value: value}, nil) {
				return
			}
		}
		if w.err != nil {
			yield(Member{}, w.err)
		}
	}
}

// Count is the number of elements of a complete JSON array.
func Count(data []byte) (int, error) {
	ends, err := Ends(data, nil)
	return len(ends), err
}

// walker steps over the comma-separated parts of one array or object.
type walker struct {
	data      []byte
	pos       int
	open, end byte
	started   bool
	err       error
}

// next moves to the next part; false at the end or on an error, which is in err.
func (w *walker) next() bool {
	w.pos = SkipSpace(w.data, w.pos)
	if !w.started {
		w.started = true
		if !w.accept(w.open) {
			return false
		}
		w.pos = SkipSpace(w.data, w.pos)
		if w.pos < len(w.data) && w.data[w.pos] == w.end {
			return w.finish()
		}
		return true
	}
	if w.pos < len(w.data) && w.data[w.pos] == ',' {
		w.pos++
		return true
	}
	if w.pos < len(w.data) && w.data[w.pos] == w.end {
		return w.finish()
	}
	w.fail("',' or '" + string(w.end) + "'")
	return false
}

func (w *walker) finish() bool {
	w.pos = SkipSpace(w.data, w.pos+1)
	if w.pos != len(w.data) {
		w.fail("the end")
	}
	return false
}

func (w *walker) accept(c byte) bool {
	if w.pos < len(w.data) && w.data[w.pos] == c {
		w.pos++
		return true
	}
	w.fail("'" + string(c) + "'")
	return false
}

func (w *walker) fail(want string) {
	if w.pos >= len(w.data) {
		w.err = ErrIncomplete
		return
	}
	w.err = &SyntaxError{Offset: w.pos, Want: want}
}

func (w *walker) value() ([]byte, error) {
	w.pos = SkipSpace(w.data, w.pos)
	start := w.pos
	end, err := SkipValue(w.data, start)
	if err != nil {
		return nil, err
	}
	w.pos = end
	return w.data[start:end], nil
}

func (w *walker) key() ([]byte, error) {
	w.pos = SkipSpace(w.data, w.pos)
	start := w.pos
	end, err := SkipKey(w.data, start)
	if err != nil {
		return nil, err
	}
	w.pos = SkipSpace(w.data, end)
	if !w.accept(':') {
		return nil, w.err
	}
	return w.data[start:end], nil
}

// SkipSpace returns the offset of the first byte at or behind i that is no
// white space.
func SkipSpace(data []byte, i int) int {
	for i < len(data) {
		switch data[i] {
		case ' ', '\n', '\t', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// SkipValue returns the offset behind the value that starts at i; there must be
// no white space before it.
func SkipValue(data []byte, i int) (int, error) {
	if i >= len(data) {
		return i, ErrIncomplete
	}
	switch c := data[i]; {
	case c == '"':
		return SkipString(data, i)
	case c == '{' || c == '[':
		return skipNested(data, i)
	case c == '-' || c >= '0' && c <= '9' || c == 't' || c == 'f' || c == 'n':
		return skipScalar(data, i), nil
	}
	return i, &SyntaxError{Offset: i, Want: "a value"}
}

func skipScalar(data []byte, i int) int {
	// Bytes that end a scalar, a bit for each, of those below and from 64 on.
	const (
		below64 = 1<<',' | 1<<':' | 1<<' ' | 1<<'\n' | 1<<'\t' | 1<<'\r' | 1<<'"'
		from64  = 1<<('['-64) | 1<<(']'-64) | 1<<('{'-64) | 1<<('}'-64)
	)
	for ; i < len(data); i++ {
		c, ends := data[i], uint64(below64)
		if c >= 64 {
			ends = from64
		}
		if ends>>(c&63)&1 != 0 && c < 128 {
			return i
		}
	}
	return i
}

// SkipString returns the offset behind the string whose opening quote is at i.
func SkipString(data []byte, i int) (int, error) {
	start := i
	i++
	for {
		q := bytes.IndexByte(data[i:], '"')
		if q < 0 {
			return start, ErrIncomplete
		}
		i += q + 1
		// A quote is escaped when an odd number of backslashes precedes it.
		b := i - 2
		for b > start && data[b] == '\\' {
			b--
		}
		if (i-2-b)%2 == 0 {
			return i, nil
		}
	}
}

const (
	fold   = 0x2020202020202020 // maps [ to {, ] to } and leaves the quote alone
	quotes = '"' * EachByte
	opens  = '{' * EachByte
	closes = '}' * EachByte
)

// skipNested returns the offset behind the object or array that starts at i.
// It passes over eight bytes at a time where none is a quote or a bracket.
func skipNested(data []byte, i int) (int, error) {
	start := i
	var kinds nesting
	for i < len(data) {
		for i+8 <= len(data) {
			x := binary.LittleEndian.Uint64(data[i:]) | fold
			q, o, c := x^quotes, x^opens, x^closes
			if ((q-EachByte)&^q|(o-EachByte)&^o|(c-EachByte)&^c)&HighBits != 0 {
				break
			}
			i += 8
		}
		for stop := min(i+8, len(data)); i < stop; {
			switch c := data[i]; c {
			case '"':
				end, err := SkipString(data, i)
				if err != nil {
					return start, err
				}
				i = end
				stop = i // look at eight bytes at a time again
			case '{', '[':
				kinds.push(c == '{')
				i++
			case '}', ']':
				if !kinds.pop(c == '}') {
					return start, &SyntaxError{Offset: i, Want: "the bracket that was opened"}
				}
				i++
				if kinds.depth == 0 {
					return i, nil
				}
			default:
				i++
			}
		}
	}
	return start, ErrIncomplete
}

// nesting remembers a bit for each open bracket: set for an object.
type nesting struct {
	depth int
	bits  uint64   // the innermost 64
	outer []uint64 // what did not fit, in blocks of 64
}

func (n *nesting) push(object bool) {
	if n.depth > 0 && n.depth%64 == 0 {
		n.outer = append(n.outer, n.bits)
	}
	n.bits <<= 1
	if object {
		n.bits |= 1
	}
	n.depth++
}

func (n *nesting) pop(object bool) bool {
	if n.depth == 0 || (n.bits&1 == 1) != object {
		return false
	}
	n.depth--
	n.bits >>= 1
	if n.depth > 0 && n.depth%64 == 0 {
		n.bits = n.outer[len(n.outer)-1]
		n.outer = n.outer[:len(n.outer)-1]
	}
	return true
}
