package parquet

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// value adds the value that the first of the streams is at.
func (e *Encoder) value(b *shred.Block, kind shred.Kind) {
	s := &e.streams[0]
	switch t := e.column.kind(); t.Kind {
	case schema.Bool:
		value := byte(0)
		if kind == shred.True {
			value = 1
		}
		e.page.values = append(e.page.values, value)
		e.stats.integer(int64(value))
	case schema.Int, schema.Time, schema.Date:
		if value := s.Int(); e.number(uint64(value)) {
			e.stats.integer(value)
		}
	case schema.Double:
		if value := double(s, kind); e.number(math.Float64bits(value)) {
			e.stats.double(value)
		}
	case schema.Decimal:
		e.decimal(s, kind)
	case schema.String:
		e.string(s, kind)
	default:
		e.json(b, kind)
	}
}

func (e *Encoder) decimal(s *shred.Stream, kind shred.Kind) {
	if kind == shred.Int {
		e.text = strconv.AppendInt(e.text[:0], s.Int(), 10)
	} else {
		e.text = append(e.text[:0], s.Text()...)
	}
	digits := len(e.text)
	e.text = appendDecimal(e.text, e.text, e.column.length)
	if value := e.text[digits:]; e.bytes(value) {
		e.stats.decimal(value)
	}
}

func (e *Encoder) string(s *shred.Stream, kind shred.Kind) {
	value := e.text[:0]
	if kind == shred.Plain {
		value = s.Text()
	} else {
		var lossy bool
		if value, lossy = s.AppendString(value, kind); lossy {
			e.chunk.Lossy++
		}
		e.text = value
	}
	if e.bytes(value) {
		e.stats.text(value)
	}
}

func (e *Encoder) json(b *shred.Block, kind shred.Kind) {
	e.text = b.AppendValue(e.text[:0], kind, e.streams)
	if !utf8.Valid(e.text) {
		e.text = []byte(strings.ToValidUTF8(string(e.text), "\ufffd"))
		e.chunk.Lossy++
	}
	e.bytes(e.text)
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
