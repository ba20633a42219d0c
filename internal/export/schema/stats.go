package schema

import (
	"cmp"
	"encoding/json"
	"hash/maphash"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// MaxDistinct is up to how many different values are counted.
const MaxDistinct = 10_000

// Stats are the scalars at a place. Their texts are JSON.
type Stats struct {
	Distinct          int // at most MaxDistinct
	More              bool
	Smallest, Largest string // numbers by value, strings by bytes; "" where there are neither or both
	Example           string // the first one

	seen    map[uint64]struct{}
	numbers span[float64]
	strings span[string]
}

func newStats() *Stats { return &Stats{seen: make(map[uint64]struct{})} }

// span is the least and the greatest value.
type span[T cmp.Ordered] struct {
	some      bool
	low, high T
	lowText   string
	highText  string
}

func (s *span[T]) add(value T, text func() string) {
	if !s.some || value < s.low {
		s.low, s.lowText = value, text()
	}
	if !s.some || value > s.high {
		s.high, s.highText = value, text()
	}
	s.some = true
}

func (s *span[T]) merge(other *span[T]) {
	if other.some {
		s.add(other.low, func() string { return other.lowText })
		s.add(other.high, func() string { return other.highText })
	}
}

// Measure looks at the scalars of a block, place by place. Blocks whose results are
// merged need the same seed.
func Measure(b *shred.Block, seed maphash.Seed) ([]*Stats, error) {
	stats := make([]*Stats, len(b.Places))
	m := &measurer{seed: seed}
	var memory []byte
	for i := range b.Places {
		streams, lent, err := b.Streams(i, false, memory, nil)
		if err != nil {
			return nil, err
		}
		memory = lent
		m.stats = newStats()
		m.place(&streams[0])
		stats[i] = m.stats
	}
	return stats, nil
}

type measurer struct {
	seed  maphash.Seed
	stats *Stats
	text  []byte
}

func (m *measurer) place(s *shred.Stream) {
	for {
		kind, ok := s.Next()
		if !ok {
			return
		}
		switch kind {
		case shred.Null:
		case shred.False, shred.True:
			m.add(uint64(kind), func() string { return strconv.FormatBool(kind == shred.True) })
		case shred.Object, shred.Array:
			s.Count()
		case shred.Raw:
			s.Text()
		case shred.Int:
			m.integer(s.Int())
		case shred.Big, shred.Double, shred.Odd:
			m.number(s.Text())
		case shred.Time, shred.Date, shred.Plain, shred.Escaped:
			m.text, _ = s.AppendString(m.text[:0], kind)
			m.string(m.text)
		}
	}
}

func (m *measurer) add(hash uint64, text func() string) {
	if m.stats.Example == "" {
		m.stats.Example = text()
	}
	m.stats.addHash(hash)
}

func (s *Stats) addHash(hash uint64) {
	if s.More {
		return
	}
	s.seen[hash] = struct{}{}
	if s.More = len(s.seen) > MaxDistinct; s.More {
		s.seen = nil
	}
}

func (m *measurer) integer(value int64) {
	text := func() string { return strconv.FormatInt(value, 10) }
	m.add(uint64(value)*0x9e3779b97f4a7c15+1, text)
	m.stats.numbers.add(float64(value), text)
}

func (m *measurer) number(value []byte) {
	text := func() string { return string(value) }
	m.add(maphash.Bytes(m.seed, value)^1, text)
	if number, err := strconv.ParseFloat(string(value), 64); err == nil || math.IsInf(number, 0) {
		m.stats.numbers.add(number, text)
	}
}

// string keeps no more of a long string than can be looked at.
func (m *measurer) string(value []byte) {
	const most = 80
	text := func() string {
		shown := string(value)
		if utf8.RuneCountInString(shown) > most {
			shown = string([]rune(shown)[:most]) + "…"
		}
		return string(appendText(nil, shown))
	}
	m.add(maphash.Bytes(m.seed, value)^2, text)
	span := &m.stats.strings
	if start := value[:min(len(value), 4*most)]; !span.some || string(start) < span.low || string(start) > span.high {
		span.add(string(start), text)
	}
}

// merge adds what was found in items that follow.
func (s *Stats) merge(other *Stats) {
	if s.Example == "" {
		s.Example = other.Example
	}
	s.numbers.merge(&other.numbers)
	s.strings.merge(&other.strings)
	if other.More {
		s.More, s.seen = true, nil
	}
	for hash := range other.seen {
		s.addHash(hash)
	}
}

// settle fills in what was counted.
func (s *Stats) settle() {
	s.Distinct = len(s.seen)
	if s.More {
		s.Distinct = MaxDistinct
	}
	switch {
	case s.numbers.some && !s.strings.some:
		s.Smallest, s.Largest = s.numbers.lowText, s.numbers.highText
	case s.strings.some && !s.numbers.some:
		s.Smallest, s.Largest = s.strings.lowText, s.strings.highText
	}
}

// Row is a field as people and programs look at it.
type Row struct {
	Field    string          `json:"field"`
	Type     string          `json:"type"`
	Kinds    []string        `json:"kinds"`
	Present  float64         `json:"present"` // share of the objects that could have it
	Null     float64         `json:"null"`    // share of the same
	Distinct *int            `json:"distinct,omitempty"`
	More     bool            `json:"moreDistinct,omitempty"`
	Smallest json.RawMessage `json:"smallest,omitempty"`
	Largest  json.RawMessage `json:"largest,omitempty"`
	Example  json.RawMessage `json:"example,omitempty"`
	Differs  string          `json:"differs,omitempty"`
}

// Rows lists the fields of a type with what was seen of them.
func (s *Seen) Rows(t *Type) []Row {
	var rows []Row
	s.rows(t, "", func(r Row) { rows = append(rows, r) })
	return rows
}

func (s *Seen) rows(t *Type, path string, add func(Row)) {
	switch t.Kind {
	case Group:
		for _, f := range t.Fields {
			if member := s.index[f.Key]; member != nil {
				name := join(path, f.Key)
				add(member.row(f.Type, name, s.Objects))
				member.rows(f.Type, name, add)
			}
		}
	case List:
		if s.Element != nil {
			add(s.Element.row(t.Element, path+"[]", s.Element.Values))
			s.Element.rows(t.Element, path+"[]", add)
		}
	}
}

func (s *Seen) row(t *Type, name string, of int64) Row {
	r := Row{Field: name, Type: t.String(), Kinds: s.kinds(), Present: share(s.Values, of), Null: share(s.Nulls, of)}
	if s.Stats == nil || s.Stats.Example == "" {
		return r
	}
	s.Stats.settle()
	r.Distinct, r.More = new(s.Stats.Distinct), s.Stats.More
	r.Example = json.RawMessage(s.Stats.Example)
	if s.Stats.Smallest != "" {
		r.Smallest, r.Largest = json.RawMessage(s.Stats.Smallest), json.RawMessage(s.Stats.Largest)
	}
	return r
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// kinds names what values are in JSON, times and dates apart.
func (s *Seen) kinds() []string {
	var names []string
	for _, kind := range []struct {
		mask shred.Mask
		name string
	}{
		{shred.Of(shred.False, shred.True), "boolean"},
		{shred.Of(shred.Int, shred.Big), "integer"},
		{shred.Of(shred.Double, shred.Odd), "number"},
		{shred.Of(shred.Time), "time"},
		{shred.Of(shred.Date), "date"},
		{shred.Of(shred.Plain, shred.Escaped), "string"},
		{shred.Of(shred.Object), "object"},
		{shred.Of(shred.Array), "array"},
		{shred.Of(shred.Raw), "object or array"},
		{shred.Of(shred.Null), "null"},
	} {
		if s.Mask&kind.mask != 0 {
			names = append(names, kind.name)
		}
	}
	return names
}
