// Package canonical tells whether JSON values are equal. Values that JSON takes
// for the same get the same bytes: objects whatever the order of their members,
// with the last of those that share a name, numbers by what they are (1, 1.0 and
// 10e-1), strings by what they say, whatever is escaped.
package canonical

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// The first byte of each part. What follows says where the part ends, so that no
// value's bytes begin another's.
const (
	tagString = 's' // its length, and its text
	tagNumber = 'n' // sign, digits, 'e', exponent
	tagOther  = 'x' // as a string: what stands where a scalar should, as it is spelled
	tagTrue   = 't'
	tagFalse  = 'f'
	tagNull   = 'z'
	tagObject = 'o' // members, tagEnd
	tagMember = 'm' // a string without its tag, and a value
	tagArray  = 'a' // values, tagEnd
	tagEnd    = ']'
	tagFolded = 'h' // SHA-256 of a long value's bytes
)

// foldAbove is the length from which the value of a member or an element is
// replaced by its hash: members are sorted by copying them, and what is nested
// deeply would be copied at each level.
const foldAbove = 512

// deepest is how deep values may be nested, as in encoding/json.
const deepest = 10_000

// Encoder finds what values are equal by. It is to be used by one goroutine.
type Encoder struct {
	Ignore string // a member that does not count; "": all of them do

	members []member // of the objects around the place, the innermost last
	scratch []byte
	plain   []byte
	orders  [64][]int32 // how members were sorted last, by depth and number
}

// member is where a member stands in what was written.
type member struct{ start, value, end int }

// Append appends what a JSON value is equal by.
func (e *Encoder) Append(dst, value []byte) ([]byte, error) {
	e.members = e.members[:0]
	dst, i, err := e.value(dst, value, rawjson.SkipSpace(value, 0), 0)
	if err != nil {
		return dst, err
	}
	if i = rawjson.SkipSpace(value, i); i != len(value) {
		return dst, &rawjson.SyntaxError{Offset: i, Want: "the end"}
	}
	return dst, nil
}

// Sum is the SHA-256 of what a JSON value is equal by, in hexadecimal digits.
func Sum(value []byte) (string, error) {
	text, err := new(Encoder).Append(nil, value)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

func (e *Encoder) value(dst, text []byte, i, depth int) ([]byte, int, error) {
	switch {
	case i >= len(text):
		return dst, i, rawjson.ErrIncomplete
	case depth > deepest:
		return dst, i, &rawjson.SyntaxError{Offset: i, Want: "less nesting"}
	}
	switch text[i] {
	case '{':
		return e.object(dst, text, i, depth)
	case '[':
		return e.array(dst, text, i, depth)
	case '"':
		return e.text(append(dst, tagString), text, i)
	}
	end, err := rawjson.SkipValue(text, i)
	if err != nil {
		return dst, i, err
	}
	return appendScalar(dst, text[i:end]), end, nil
}

// text appends a string that begins at i: its length, and what it says.
func (e *Encoder) text(dst, text []byte, i int) ([]byte, int, error) {
	end, err := rawjson.SkipString(text, i)
	if err != nil {
		return dst, i, err
	}
	plain := text[i+1 : end-1]
	if bytes.IndexByte(plain, '\\') >= 0 {
		e.plain = appendUnescaped(e.plain[:0], plain)
		plain = e.plain
	}
	return append(binary.AppendUvarint(dst, uint64(len(plain))), plain...), end, nil
}

func (e *Encoder) array(dst, text []byte, i, depth int) ([]byte, int, error) {
	dst = append(dst, tagArray)
	i = rawjson.SkipSpace(text, i+1)
	more := i >= len(text) || text[i] != ']'
	if !more {
		i++
	}
	var err error
	for more {
		start := len(dst)
		if dst, i, err = e.value(dst, text, i, depth+1); err != nil {
			return dst, i, err
		}
		dst = fold(dst, start)
		if i, more, err = rawjson.Separator(text, i, ']'); err != nil {
			return dst, i, err
		}
	}
	return append(dst, tagEnd), i, nil
}

func (e *Encoder) object(dst, text []byte, i, depth int) ([]byte, int, error) {
	dst = append(dst, tagObject)
	i = rawjson.SkipSpace(text, i+1)
	more := i >= len(text) || text[i] != '}'
	if !more {
		i++
	}
	outer := len(e.members)
	sorted := true
	var err error
	for more {
		m := member{start: len(dst)}
		if dst, i, err = e.key(append(dst, tagMember), text, i); err != nil {
			return dst, i, err
		}
		m.value = len(dst)
		if dst, i, err = e.value(dst, text, i, depth+1); err != nil {
			return dst, i, err
		}
		dst = fold(dst, m.value)
		m.end = len(dst)
		if depth == 0 && e.ignores(dst[m.start:m.value]) {
			dst = dst[:m.start]
		} else {
			if n := len(e.members); n > outer && sorted {
				sorted = bytes.Compare(e.members[n-1].key(dst), m.key(dst)) < 0
			}
			e.members = append(e.members, m)
		}
		if i, more, err = rawjson.Separator(text, i, '}'); err != nil {
			return dst, i, err
		}
	}
	if !sorted {
		dst = e.sort(dst, e.members[outer:], depth)
	}
	e.members = e.members[:outer]
	return append(dst, tagEnd), i, nil
}

func (m member) key(dst []byte) []byte { return dst[m.start:m.value] }

// key appends a member's name and steps over the colon.
func (e *Encoder) key(dst, text []byte, i int) ([]byte, int, error) {
	if i >= len(text) {
		return dst, i, rawjson.ErrIncomplete
	}
	if text[i] != '"' {
		return dst, i, &rawjson.SyntaxError{Offset: i, Want: "a key"}
	}
	dst, i, err := e.text(dst, text, i)
	if err != nil {
		return dst, i, err
	}
	if i, err = rawjson.Expect(text, rawjson.SkipSpace(text, i), ':'); err != nil {
		return dst, i, err
	}
	return dst, rawjson.SkipSpace(text, i), nil
}

// ignores tells whether a member, of which this is the key as it was written, does
// not count.
func (e *Encoder) ignores(key []byte) bool {
	if e.Ignore == "" {
		return false
	}
	_, size := binary.Uvarint(key[1:])
	return string(key[1+size:]) == e.Ignore
}

// fold replaces a long value that begins at start by its hash.
func fold(dst []byte, start int) []byte {
	if len(dst)-start <= foldAbove {
		return dst
	}
	sum := sha256.Sum256(dst[start:])
	return append(append(dst[:start], tagFolded), sum[:]...)
}

// sort brings members, which are all that stands behind the first of them, into
// the order of their keys, and leaves out all but the last of those that share one.
func (e *Encoder) sort(dst []byte, members []member, depth int) []byte {
	order := e.order(dst, members, depth)
	e.scratch = e.scratch[:0]
	for at, index := range order {
		m := members[index]
		if at+1 < len(order) && bytes.Equal(m.key(dst), members[order[at+1]].key(dst)) {
			continue
		}
		e.scratch = append(e.scratch, dst[m.start:m.end]...)
	}
	return append(dst[:members[0].start], e.scratch...)
}

// order is that of the keys; those that are equal stay in the order they have.
// Objects at the same place mostly have the same members, so the last order is
// tried first.
func (e *Encoder) order(dst []byte, members []member, depth int) []int32 {
	last := &e.orders[(depth*17+len(members))%len(e.orders)]
	if len(*last) == len(members) && ascending(dst, members, *last) {
		return *last
	}
	order := (*last)[:0]
	for i := range members {
		order = append(order, int32(i))
	}
	slices.SortFunc(order, func(a, b int32) int {
		if c := bytes.Compare(members[a].key(dst), members[b].key(dst)); c != 0 {
			return c
		}
		return int(a - b)
	})
	*last = order
	return order
}

func ascending(dst []byte, members []member, order []int32) bool {
	for i := 1; i < len(order); i++ {
		if bytes.Compare(members[order[i-1]].key(dst), members[order[i]].key(dst)) >= 0 {
			return false
		}
	}
	return true
}
