package parquet

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// hybrid decodes runs, as the format describes them.
func hybrid(t *testing.T, data []byte, width, count int) []uint32 {
	t.Helper()
	var numbers []uint32
	for len(numbers) < count {
		head, size := binary.Uvarint(data)
		if size <= 0 {
			t.Fatalf("ends after %d of %d", len(numbers), count)
		}
		data = data[size:]
		if head&1 == 0 {
			value := uint32(0)
			for i := range (width + 7) / 8 {
				value |= uint32(data[i]) << (8 * i)
			}
			data = data[(width+7)/8:]
			numbers = append(numbers, slices.Repeat([]uint32{value}, int(head>>1))...)
			continue
		}
		for i := range int(head>>1) * 8 {
			value := uint32(0)
			for bit := range width {
				at := i*width + bit
				value |= uint32(data[at/8]>>(at%8)&1) << bit
			}
			numbers = append(numbers, value)
		}
		data = data[int(head>>1)*width:]
	}
	if len(data) > 0 {
		t.Errorf("%d bytes too many", len(data))
	}
	return numbers[:count]
}

func TestHybrid(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for width := range 21 {
		for range 50 {
			var want []uint32
			for range r.IntN(12) {
				value := r.Uint32() & (1<<width - 1)
				run := 1 + r.IntN(20)
				for range run {
					if r.IntN(3) == 0 {
						value = r.Uint32() & (1<<width - 1)
					}
					want = append(want, value)
				}
			}
			if got := hybrid(t, appendHybrid(nil, want, width), width, len(want)); !slices.Equal(got, want) {
				t.Fatalf("width %d: got %v, want %v", width, got, want)
			}
		}
	}
}

func TestDecimals(t *testing.T) {
	for _, text := range []string{"0", "1", "-1", "127", "128", "-128", "-129", "9223372036854775808", "-9223372036854775809", "12345678901234567890", strings.Repeat("9", 38), "-" + strings.Repeat("9", 38), "18446744073709551616"} {
		for _, digits := range []int{19, 20, 38} {
			want, _ := new(big.Int).SetString(text, 10)
			if len(strings.TrimPrefix(text, "-")) > digits {
				continue
			}
			length := decimalLength(digits)
			got := appendDecimal(nil, []byte(text), length)
			number := new(big.Int).SetBytes(got)
			if got[0] >= 0x80 {
				number.Sub(number, new(big.Int).Lsh(big.NewInt(1), uint(8*length)))
			}
			if len(got) != length || number.Cmp(want) != 0 {
				t.Errorf("%s in %d bytes: %s is %s", text, length, hex.EncodeToString(got), number)
			}
		}
	}
	if decimalLength(19) != 9 || decimalLength(38) != 16 {
		t.Errorf("lengths %d and %d", decimalLength(19), decimalLength(38))
	}
}

func TestDictionary(t *testing.T) {
	const count, different = 20_000, 5000
	d := newDictionary()
	r := rand.New(rand.NewPCG(1, 2))
	numbers, texts := make([]uint64, count), make([][]byte, count)
	for i := range numbers {
		numbers[i] = uint64(r.IntN(different)) << 40
		texts[i] = fmt.Append(nil, numbers[i])
	}
	check := func(indexes []uint32, at func(int) bool, first map[string]int) {
		t.Helper()
		for i := range indexes {
			if !at(i) {
				t.Fatalf("value %d has the index %d, which is of another value", i, indexes[i])
			}
			first[string(texts[i])] = i
		}
		if d.len() != len(first) {
			t.Errorf("%d values, want %d", d.len(), len(first))
		}
	}
	indexes := d.addNumbers(d.addNumbers(nil, numbers[:100]), numbers[100:])
	check(indexes, func(i int) bool { return d.numbers[indexes[i]] == numbers[i] }, map[string]int{})
	d.reset()
	var from []byte
	spans := make([]shred.Span, count)
	for i, text := range texts {
		spans[i].Start = uint32(len(from))
		from = append(from, text...)
		spans[i].End = uint32(len(from))
	}
	indexes = d.addTexts(d.addTexts(nil, spans[:100], from), spans[100:], from)
	check(indexes, func(i int) bool { return bytes.Equal(d.at(indexes[i]), texts[i]) }, map[string]int{})
}

func TestStatistics(t *testing.T) {
	text, fixed := &Column{physical: typeByteArray}, &Column{physical: typeFixed}
	var s statistics
	for _, value := range []string{"b", "", "ä", "a"} {
		s.text([]byte(value), text)
	}
	if low, high, ok := s.bounds(text); !ok || string(low) != "" || string(high) != "ä" {
		t.Errorf("%q to %q, %v", low, high, ok)
	}
	s.text(bytes.Repeat([]byte{'x'}, longText+1), text)
	if _, _, ok := s.bounds(text); ok {
		t.Error("a long string has statistics")
	}
	s.reset()
	if _, _, ok := s.bounds(text); ok {
		t.Error("no values have statistics")
	}
	for _, value := range []float64{0, 3, 1} {
		s.double(value)
	}
	low, high, _ := s.bounds(&Column{physical: typeDouble})
	if math.Float64frombits(binary.LittleEndian.Uint64(low)) != 0 || low[7] != 0x80 || math.Float64frombits(binary.LittleEndian.Uint64(high)) != 3 {
		t.Errorf("doubles from %x to %x", low, high)
	}
	s.reset()
	for _, number := range []string{"-5", "7", "-99999999999999999999"} {
		s.text(appendDecimal(nil, []byte(number), 9), fixed)
	}
	low, high, _ = s.bounds(fixed)
	if hex.EncodeToString(high) != "000000000000000007" || low[0] != 0xfa {
		t.Errorf("decimals from %x to %x", low, high)
	}
}

func TestShortDoubles(t *testing.T) {
	for text, want := range map[string]float64{"0.1": 0.1, "-12.5": -12.5, "123456.789": 123456.789, "0.0": 0, "999999999.99999": 999999999.99999, "12": 12} {
		if got, ok := shortDouble([]byte(text)); !ok || got != want {
			t.Errorf("%s: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"1e5", "0.12345678901234567", "1E-2"} {
		if _, ok := shortDouble([]byte(text)); ok {
			t.Errorf("%s is not short", text)
		}
	}
}

// Levels are those of the paper's example, as far as JSON has it.
func TestLevels(t *testing.T) {
	page := `[{"id":10,"links":{"forward":[20,40,60]},"name":[{"language":[{"code":"en-us","country":"us"},{"code":"en"}],"url":"http://A"},{"url":"http://B"},{"language":[{"code":"en-gb","country":"gb"}]}]},` +
		`{"id":20,"links":{"backward":[10,30],"forward":[80]},"name":[{"url":"http://C"}]},{"name":[]},{"name":null},{},{"name":[null,{"language":[null,{}]}]}]`
	var s shred.Shredder
	data, _, err := s.Page(nil, []byte(page))
	if err != nil {
		t.Fatal(err)
	}
	b, err := shred.Open(bytes.NewReader(data), 0)
	if err != nil {
		t.Fatal(err)
	}
	var seen schema.Seen
	seen.Add(b)
	items, err := seen.Resolve(schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := NewLayout(items.Type)
	g := &Group{}
	if err := g.Add(l, b); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"id":                          "0:1 0:1 0:0 0:0 0:0 0:0",
		"links/forward/list/element":  "0:4 1:4 1:4 0:4 0:0 0:0 0:0 0:0",
		"links/backward/list/element": "0:1 0:4 1:4 0:0 0:0 0:0 0:0",
		"name/list/element/language/list/element/code":    "0:7 2:7 1:3 1:7 0:3 0:1 0:0 0:0 0:2 1:5 2:6",
		"name/list/element/language/list/element/country": "0:7 2:6 1:3 1:7 0:3 0:1 0:0 0:0 0:2 1:5 2:6",
		"name/list/element/url":                           "0:4 1:4 1:3 0:4 0:1 0:0 0:0 0:2 1:3",
	}
	for _, c := range l.Columns {
		block := &g.blocks[0]
		places, found := block.find(c)
		if !found {
			t.Fatalf("no place for %v", c.path)
		}
		streams, _, err := b.Streams(places[len(places)-1], false, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got levels
		block.levels(&got, c, places, streams[0], true)
		got.fill()
		if !got.lists {
			got.rep = make([]uint8, len(got.def))
		}
		var pairs []string
		for i := range got.def {
			pairs = append(pairs, fmt.Sprintf("%d:%d", got.rep[i], got.def[i]))
		}
		name := strings.Join(c.path, "/")
		if text := strings.Join(pairs, " "); text != want[name] {
			t.Errorf("%s: got %s, want %s", name, text, want[name])
		}
	}
}

// TestDistantRepeats has strings that do not come again among the first values.
func TestDistantRepeats(t *testing.T) {
	const pages, items = 20, 1000
	for name, tc := range map[string]struct {
		value func(n int) string
		coded bool
	}{
		"never again":             {func(n int) string { return fmt.Sprintf("value %d", n) }, false},
		"again after 5,000":       {func(n int) string { return fmt.Sprintf("value %d", n%5000) }, true},
		"again at random":         {func(n int) string { return fmt.Sprintf("value %d", n*7919%5003) }, true},
		"again with escapes":      {func(n int) string { return fmt.Sprintf(`\"%d\"`, n%5000) }, true},
		"once again":              {func(n int) string { return fmt.Sprintf("value %d", n%15_000) }, false},
		"again, but far too long": {func(n int) string { return fmt.Sprintf("%d", n%5000) + strings.Repeat("x", 1000) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			var shredder shred.Shredder
			var seen schema.Seen
			group := &Group{}
			var blocks []*shred.Block
			for page := range pages {
				var text []byte
				for i := range items {
					text = fmt.Appendf(text, `,{"a":"%s"}`, tc.value(page*items+i))
				}
				text[0] = '['
				data, _, err := shredder.Page(nil, append(text, ']'))
				if err != nil {
					t.Fatal(err)
				}
				block, err := shred.Open(bytes.NewReader(data), 0)
				if err != nil {
					t.Fatal(err)
				}
				seen.Add(block)
				blocks = append(blocks, block)
			}
			resolved, err := seen.Resolve(schema.Options{})
			if err != nil {
				t.Fatal(err)
			}
			layout := NewLayout(resolved.Type)
			for _, block := range blocks {
				if err := group.Add(layout, block); err != nil {
					t.Fatal(err)
				}
			}
			e, err := NewEncoder(layout, Zstd)
			if err != nil {
				t.Fatal(err)
			}
			chunk, err := e.Encode(group, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			if chunk.coded != tc.coded || chunk.plain == tc.coded || chunk.values != pages*items {
				t.Errorf("with a dictionary %t, without %t, %d values; want a dictionary: %t", chunk.coded, chunk.plain, chunk.values, tc.coded)
			}
		})
	}
}
