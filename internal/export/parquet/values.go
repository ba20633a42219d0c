package parquet

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// batch are the values of a column in a block, nulls aside.
type batch struct {
	numbers []uint64 // as their bits, of a column that is in numbers
	texts   []shred.Span
	from    []byte // what texts are parts of
	decoded []byte // memory for it where the stream has no such text
	size    int    // of all texts
}

func (v *batch) reset() {
	v.numbers, v.texts, v.from, v.decoded, v.size = v.numbers[:0], v.texts[:0], nil, v.decoded[:0], 0
}

func (v *batch) len() int { return max(len(v.numbers), len(v.texts)) }

func (v *batch) text(i int) []byte { return v.from[v.texts[i].Start:v.texts[i].End] }

// sizeOf is how many bytes values take as they stand without a dictionary.
func (v *batch) sizeOf(from, to int, c *Column) int {
	const head = 4 // the length of a text
	switch {
	case c.physical == typeBoolean:
		return to - from
	case c.length > 0:
		return (to - from) * c.length
	case from == 0 && to == len(v.texts):
		return v.size + head*to
	}
	size := head * (to - from)
	for _, text := range v.texts[from:to] {
		size += int(text.End - text.Start)
	}
	return size
}

// read reads the streams of a column, and counts the strings that are not as they
// were.
func (v *batch) read(b *shred.Block, streams []shred.Stream, c *Column) (lossy int64) {
	s := &streams[0]
	switch c.kind().Kind {
	case schema.Bool:
		v.each(s, func(kind shred.Kind) {
			value := uint64(0)
			if kind == shred.True {
				value = 1
			}
			v.numbers = append(v.numbers, value)
		})
	case schema.Int, schema.Time, schema.Date:
		v.numbers = s.Ints(v.numbers)
	case schema.Double:
		v.each(s, func(kind shred.Kind) { v.numbers = append(v.numbers, math.Float64bits(double(s, kind))) })
	case schema.Decimal:
		v.each(s, func(kind shred.Kind) { v.decimal(s, kind, c.length) })
	case schema.String:
		lossy = v.strings(s)
	default:
		v.each(s, func(kind shred.Kind) { v.json(b, kind, streams) })
	}
	if v.from == nil {
		v.from = v.decoded
	}
	return lossy
}

func (*batch) each(s *shred.Stream, read func(shred.Kind)) {
	for kind, ok := s.Next(); ok; kind, ok = s.Next() {
		if kind != shred.Null {
			read(kind)
		}
	}
}

func (v *batch) decimal(s *shred.Stream, kind shred.Kind, length int) {
	start := len(v.decoded)
	if kind == shred.Int {
		v.decoded = strconv.AppendInt(v.decoded, s.Int(), 10)
	} else {
		v.decoded = append(v.decoded, s.Text()...)
	}
	digits := len(v.decoded)
	v.decoded = appendDecimal(v.decoded, v.decoded[start:], length)
	v.note(digits)
}

// note adds the text at the end of decoded.
func (v *batch) note(start int) {
	v.texts = append(v.texts, shred.Span{Start: uint32(start), End: uint32(len(v.decoded))})
	v.size += len(v.decoded) - start
}

func (v *batch) strings(s *shred.Stream) (lossy int64) {
	if kind, ok := s.Only(); ok && kind == shred.Plain {
		v.texts, v.from, v.size = s.Texts(v.texts)
		return 0
	}
	v.each(s, func(kind shred.Kind) {
		start := len(v.decoded)
		var lost bool
		if v.decoded, lost = s.AppendString(v.decoded, kind); lost {
			lossy++
		}
		v.note(start)
	})
	return lossy
}

func (v *batch) json(b *shred.Block, kind shred.Kind, streams []shred.Stream) {
	start := len(v.decoded)
	v.decoded = b.AppendValue(v.decoded, kind, streams)
	v.note(start)
}

// appendPlain appends values as they stand without a dictionary.
func (v *batch) appendPlain(dst []byte, from, count int, c *Column) []byte {
	if c.inNumbers() {
		for _, value := range v.numbers[from : from+count] {
			dst = appendNumber(dst, value, c)
		}
		return dst
	}
	for i := from; i < from+count; i++ {
		dst = appendText(dst, v.text(i), c)
	}
	return dst
}

func appendNumber(dst []byte, value uint64, c *Column) []byte {
	switch c.length {
	case 8:
		return binary.LittleEndian.AppendUint64(dst, value)
	case 4:
		return binary.LittleEndian.AppendUint32(dst, uint32(value))
	}
	return append(dst, byte(value)) // a boolean, which becomes a bit in the page
}

func appendText(dst, text []byte, c *Column) []byte {
	if c.length == 0 {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(text)))
	}
	return append(dst, text...)
}

func double(s *shred.Stream, kind shred.Kind) float64 {
	if kind == shred.Int {
		return float64(s.Int())
	}
	text := s.Text()
	if value, ok := shortDouble(text); ok {
		return value
	}
	value, _ := strconv.ParseFloat(string(text), 64) // it was seen to be one
	return value
}

// shortDouble reads a number of a few digits without exponent: two integers that
// a float64 has exactly, so that their quotient is rounded once.
func shortDouble(text []byte) (float64, bool) {
	const most = 16
	powers := [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16}
	if len(text) > most {
		return 0, false
	}
	digits, negative := text, false
	if text[0] == '-' {
		digits, negative = text[1:], true
	}
	value, point := int64(0), len(digits)-1
	for i, c := range digits {
		switch {
		case c == '.':
			point = i
		case c > '9':
			return 0, false
		default:
			value = value*10 + int64(c-'0')
		}
	}
	if value > 1<<53 {
		return 0, false
	}
	quotient := float64(value) / powers[len(digits)-1-point]
	if negative {
		quotient = -quotient
	}
	return quotient, true
}
