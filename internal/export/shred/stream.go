package shred

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
)

// Stream hands out the values at one place of a block.
type Stream struct {
	place int
	kind  Kind   // of all values, or
	kinds []byte // of each
	next  int    // value
	count int    // of values
	data  []byte
	at    int // in data
}

// Streams reads the streams of a place, and with inside those of all places
// inside of it, into memory that the caller lends. They follow each other in the
// order of the places.
func (b *Block) Streams(place int, inside bool, memory []byte, into []Stream) ([]Stream, []byte, error) {
	first, last := &b.Places[place], place
	if inside {
		last = first.lastInto
	}
	size := 0
	for i := place; i <= last; i++ {
		size += b.Places[i].kinds + b.Places[i].data
	}
	switch {
	case cap(memory) >= size:
	case size > maxKept:
		memory = make([]byte, size)
	default:
		memory = make([]byte, size+size/4)
	}
	memory = memory[:size]
	if _, err := b.source.ReadAt(memory, first.at); err != nil && size > 0 {
		return into, memory, fmt.Errorf("%w: %w", errBlock, err)
	}
	rest := memory
	for i := place; i <= last; i++ {
		p := &b.Places[i]
		s := Stream{place: i, count: p.Values}
		if p.uniform {
			s.kind, _ = p.Mask.only()
		} else {
			s.kinds = rest[:p.kinds]
		}
		s.data = rest[p.kinds : p.kinds+p.data]
		rest = rest[p.kinds+p.data:]
		into = append(into, s)
	}
	return into, memory, nil
}

// Sample reads the first values of the stream of a place, as far as so many bytes
// hold them.
func (b *Block) Sample(place, size int, memory []byte) (Stream, []byte, error) {
	p := &b.Places[place]
	s := Stream{place: place, count: p.Values}
	kinds, data := min(p.kinds, size), min(p.data, size)
	memory = slices.Grow(memory[:0], kinds+data)[:kinds+data]
	if _, err := b.source.ReadAt(memory[:kinds], p.at); err != nil && kinds > 0 {
		return s, memory, fmt.Errorf("%w: %w", errBlock, err)
	}
	if _, err := b.source.ReadAt(memory[kinds:], p.at+int64(p.kinds)); err != nil && data > 0 {
		return s, memory, fmt.Errorf("%w: %w", errBlock, err)
	}
	s.data = memory[kinds:]
	if p.uniform {
		s.kind, _ = p.Mask.only()
	} else {
		s.kinds = memory[:kinds]
		s.count = kinds
	}
	s.count = s.complete()
	return s, memory, nil
}

// complete counts the values that the data holds to their ends.
func (s *Stream) complete() int {
	at := 0
	for i := range s.count {
		kind := s.kind
		if s.kinds != nil {
			kind = Kind(s.kinds[i])
		}
		if kind <= True {
			continue
		}
		value, size := binary.Uvarint(s.data[at:])
		if size <= 0 {
			return i
		}
		at += size
		if !kind.holdsNumber() {
			if value > uint64(len(s.data)-at) {
				return i
			}
			at += int(value)
		}
	}
	return s.count
}

// Only returns the kind of all values, where they are of one.
func (s *Stream) Only() (Kind, bool) { return s.kind, s.kinds == nil && s.count > 0 }

// Next moves to the next value; false is the end. What the value holds has to be
// read before the one after it.
func (s *Stream) Next() (Kind, bool) {
	i := s.next
	if i == s.count {
		return 0, false
	}
	s.next++
	if s.kinds == nil {
		return s.kind, true
	}
	return Kind(s.kinds[i]), true
}

// Int reads what an Int, Time or Date holds.
func (s *Stream) Int() int64 {
	value, size := binary.Varint(s.data[s.at:])
	s.at += size
	return value
}

// Count reads what an Array or Object holds.
func (s *Stream) Count() int {
	if c := s.data[s.at]; c < 0x80 {
		s.at++
		return int(c)
	}
	value, size := binary.Uvarint(s.data[s.at:])
	s.at += size
	return int(value)
}

// Text reads what all others hold.
func (s *Stream) Text() []byte {
	n := s.Count()
	s.at += n
	return s.data[s.at-n : s.at]
}

// AppendJSON appends the JSON text of the next value of streams[0], which is
// followed by the streams of the places inside of it.
func (b *Block) AppendJSON(dst []byte, streams []Stream) []byte {
	k, _ := streams[0].Next()
	return b.appendValue(dst, k, streams, 0)
}

// AppendValue is AppendJSON for a value whose kind was read already.
func (b *Block) AppendValue(dst []byte, k Kind, streams []Stream) []byte {
	return b.appendValue(dst, k, streams, 0)
}

func (b *Block) appendValue(dst []byte, k Kind, streams []Stream, at int) []byte {
	s := &streams[at]
	first := streams[0].place
	switch k {
	case Object:
		dst = append(dst, '{')
		for i, member := range b.Places[s.place].Shapes[s.Count()] {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, b.Places[member].Quoted...), ':')
			next, _ := streams[member-first].Next()
			dst = b.appendValue(dst, next, streams, member-first)
		}
		return append(dst, '}')
	case Array:
		dst = append(dst, '[')
		if count := s.Count(); count > 0 {
			element, _ := b.Element(s.place)
			for i := range count {
				if i > 0 {
					dst = append(dst, ',')
				}
				next, _ := streams[element-first].Next()
				dst = b.appendValue(dst, next, streams, element-first)
			}
		}
		return append(dst, ']')
	}
	return s.appendScalar(dst, k)
}

func (s *Stream) appendScalar(dst []byte, k Kind) []byte {
	switch k {
	case Null:
		return append(dst, "null"...)
	case False:
		return append(dst, "false"...)
	case True:
		return append(dst, "true"...)
	case Int:
		return strconv.AppendInt(dst, s.Int(), 10)
	case Time:
		return append(AppendTime(append(dst, '"'), s.Int()), '"')
	case Date:
		return append(AppendDate(append(dst, '"'), s.Int()), '"')
	case Plain, Escaped:
		return append(append(append(dst, '"'), s.Text()...), '"')
	}
	return append(dst, s.Text()...) // numbers and Raw
}

// AppendString appends the text of a string, decoded. Half of a surrogate pair
// becomes U+FFFD, which lossy reports.
func (s *Stream) AppendString(dst []byte, k Kind) (text []byte, lossy bool) {
	switch k {
	case Time:
		return AppendTime(dst, s.Int()), false
	case Date:
		return AppendDate(dst, s.Int()), false
	case Plain:
		return append(dst, s.Text()...), false
	}
	return appendUnescaped(dst, s.Text())
}

// Ints appends what all values hold that are left, nulls aside; they are of kinds
// that hold integers.
func (s *Stream) Ints(dst []uint64) []uint64 {
	data := s.data
	for i := s.at; i < len(data); {
		value, size := uint64(data[i]), 1
		if value >= 0x80 {
			if next := uint64(data[i+1]); next < 0x80 {
				value, size = value&0x7f|next<<7, 2
			} else {
				value, size = binary.Uvarint(data[i:])
			}
		}
		dst = append(dst, value>>1^-(value&1))
		i += size
	}
	s.at, s.next = len(data), s.count
	return dst
}

// Span is a part of text.
type Span struct{ Start, End uint32 }

// Texts appends where in from the texts are that all values hold which are left,
// nulls aside; they are of kinds that hold text. Size is that of the texts.
func (s *Stream) Texts(dst []Span) (texts []Span, from []byte, size int) {
	data := s.data
	for i := s.at; i < len(data); {
		length := uint64(data[i])
		i++
		if length >= 0x80 {
			var more int
			length, more = binary.Uvarint(data[i-1:])
			i += more - 1
		}
		dst = append(dst, Span{uint32(i), uint32(i + int(length))})
		i += int(length)
		size += int(length)
	}
	s.at, s.next = len(data), s.count
	return dst, data, size
}
