package parquet

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// statistics are those of a column chunk. There are none of JSON text and where
// a string is long.
type statistics struct {
	some       bool
	off        bool
	min, max   int64 // of integers and times; 0 and 1 for booleans
	less, more float64
	low, high  []byte
	lowHead    uint64 // their first bytes
	highHead   uint64
}

// longText is from how many bytes on a string is too long for the footer.
const longText = 64

func (s *statistics) reset() {
	*s = statistics{low: s.low[:0], high: s.high[:0]}
}

// numbers adds values that are kept as their bits.
func (s *statistics) numbers(values []uint64, c *Column) {
	if c.physical == typeDouble {
		for _, value := range values {
			s.double(math.Float64frombits(value))
		}
		return
	}
	for _, value := range values {
		s.integer(int64(value))
	}
}

// texts adds values that are kept as text.
func (s *statistics) texts(values []shred.Span, from []byte, c *Column) {
	for _, value := range values {
		if s.off {
			return
		}
		s.text(from[value.Start:value.End], c)
	}
}

// dictionary adds the values of a dictionary.
func (s *statistics) dictionary(d *dictionary, c *Column) {
	s.numbers(d.numbers, c)
	for i := range d.ends {
		if s.off {
			return
		}
		s.text(d.at(uint32(i)), c)
	}
}

func (s *statistics) integer(value int64) {
	if !s.some {
		s.some, s.min, s.max = true, value, value
		return
	}
	s.min, s.max = min(s.min, value), max(s.max, value)
}

func (s *statistics) double(value float64) {
	if !s.some {
		s.some, s.less, s.more = true, value, value
		return
	}
	s.less, s.more = min(s.less, value), max(s.more, value)
}

// text adds a string, or a big-endian number with a sign.
func (s *statistics) text(value []byte, c *Column) {
	compare := bytes.Compare
	if c.physical == typeFixed {
		compare = compareSigned
	} else if head := headOf(value); s.some && s.lowHead < head && head < s.highHead && len(value) <= longText {
		return
	}
	switch {
	case len(value) > longText:
		s.off = true
		return
	case !s.some:
		s.some = true
		s.low, s.high = append(s.low[:0], value...), append(s.high[:0], value...)
	case compare(value, s.low) < 0:
		s.low = append(s.low[:0], value...)
	case compare(value, s.high) > 0:
		s.high = append(s.high[:0], value...)
	default:
		return
	}
	s.lowHead, s.highHead = headOf(s.low), headOf(s.high)
}

// headOf is a number that is less where the text is, as far as eight bytes tell.
func headOf(text []byte) uint64 {
	const word = 8
	if len(text) >= word {
		return binary.BigEndian.Uint64(text)
	}
	var head uint64
	for i, c := range text {
		head |= uint64(c) << (8 * (word - 1 - i))
	}
	return head
}

func compareSigned(a, b []byte) int {
	if negative := a[0] >= 0x80; negative != (b[0] >= 0x80) {
		if negative {
			return -1
		}
		return 1
	}
	return bytes.Compare(a, b)
}

// bounds are the least and the greatest value as a footer has them.
func (s *statistics) bounds(c *Column) (low, high []byte, ok bool) {
	if !s.some || s.off {
		return nil, nil, false
	}
	switch c.physical {
	case typeBoolean:
		return []byte{byte(s.min)}, []byte{byte(s.max)}, true
	case typeInt32:
		return binary.LittleEndian.AppendUint32(nil, uint32(s.min)), binary.LittleEndian.AppendUint32(nil, uint32(s.max)), true
	case typeInt64:
		return binary.LittleEndian.AppendUint64(nil, uint64(s.min)), binary.LittleEndian.AppendUint64(nil, uint64(s.max)), true
	case typeDouble:
		less := s.less
		if less == 0 {
			less = math.Copysign(0, -1) // as the format wants it
		}
		return binary.LittleEndian.AppendUint64(nil, math.Float64bits(less)), binary.LittleEndian.AppendUint64(nil, math.Float64bits(s.more)), true
	}
	return bytes.Clone(s.low), bytes.Clone(s.high), true
}
