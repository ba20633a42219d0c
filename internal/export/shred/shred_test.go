package shred

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// shredded takes a page apart.
func shredded(t *testing.T, page string) *Block {
	t.Helper()
	var s Shredder
	b := open(t, &s, page)
	return b
}

func open(t *testing.T, s *Shredder, page string) *Block {
	t.Helper()
	data, items, err := s.Page([]byte("before"), []byte(page))
	if err != nil {
		t.Fatalf("page %.200q: %v", page, err)
	}
	b, err := Open(bytes.NewReader(data), int64(len("before")))
	if err != nil || b.Items != items {
		t.Fatalf("%v, %d items, want %d", err, b.Items, items)
	}
	return b
}

// joined puts the items of a block together again.
func joined(t *testing.T, b *Block) string {
	t.Helper()
	streams, _, err := b.Streams(0, true, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte{'['}
	for i := range b.Items {
		if i > 0 {
			text = append(text, ',')
		}
		text = b.AppendJSON(text, streams)
	}
	return string(append(text, ']'))
}

func TestItemsArePutTogetherAgain(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 100) + "1" + strings.Repeat(`]}`, 100)
	var wide []string
	for i := range MaxMembers + 10 {
		wide = append(wide, fmt.Sprintf(`"k%d":%d`, i, i))
	}
	tests := map[string]struct{ page, want string }{
		"no items":         {"[]", ""},
		"white space":      {" [ {\"a\" :\n1 , \"b\":[ 1,2 ] } ,{ } ] ", `[{"a":1,"b":[1,2]},{}]`},
		"scalars":          {`[{"a":null,"b":true,"c":false,"d":-12,"e":"x","f":1.50,"g":1e400,"h":-0,"i":123456789012345678901}]`, ""},
		"times":            {`[{"a":"2024-02-29T23:59:59.999Z","b":"0001-01-01","c":"2023-02-29","d":"9999-12-31T00:00:00.000Z"}]`, ""},
		"escapes":          {`[{"a":"\"\\\/\u0041\ud83d\ude00\ud800","b\n\u0000":"日本"}]`, ""},
		"order of members": {`[{"a":1,"b":2},{"b":1,"a":2},{"b":3},{},{"c":1,"a":null}]`, ""},
		"mixed kinds":      {`[{"a":1},{"a":"1"},{"a":{"a":[]}},{"a":[{"a":[1,[2]]},null]},{"a":null}]`, ""},
		"repeated keys":    {`[{"a":{"b":1}},{"a":1,"b":2,"\u0061":{"c":1,"c":"x"}}]`, `[{"a":{"b":1}},{"b":2,"\u0061":{"c":"x"}}]`},
		"empty keys":       {`[{"":{"":1}},{"":[{"":null}]}]`, ""},
		"deep":             {`[{"x":` + deep + `}]`, ""},
		"wide":             {`[{"x":{"k":1}},{"x":{` + strings.Join(wide, ",") + `}}]`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := test.want
			if want == "" {
				want = test.page
			}
			// Keys are spelled as they first were.
			want = strings.ReplaceAll(want, `"\u0061":{"c"`, `"a":{"c"`)
			var s Shredder
			for range 2 { // places are remembered
				if got := joined(t, open(t, &s, test.page)); got != want {
					t.Errorf("got  %.300s\nwant %.300s", got, want)
				}
			}
		})
	}
}

func TestPlacesOfABlock(t *testing.T) {
	b := shredded(t, `[{"a":{"x":1}},{"b":[1,null],"a":null},{"a":{"y":9007199254740993,"x":99999999999999999999}}]`)
	want := []Place{
		{Parent: -1, Mask: Of(Object), Values: 3},
		{Parent: 0, Key: "a", Mask: Of(Object, Null), Values: 3, Nulls: 1},
		{Parent: 1, Key: "x", Mask: Of(Int, Big) | NotDouble*0, Longest: 20, Values: 2},
		{Parent: 1, Key: "y", Mask: Of(Int) | NotDouble, Values: 1},
		{Parent: 0, Key: "b", Mask: Of(Array), Values: 1},
		{Parent: 4, Mask: Of(Int, Null), Values: 2, Nulls: 1},
	}
	want[2].Mask |= NotDouble // 20 digits
	if len(b.Places) != len(want) {
		t.Fatalf("%d places, want %d", len(b.Places), len(want))
	}
	for i, w := range want {
		got := b.Places[i]
		if got.Parent != w.Parent || got.Key != w.Key || got.Mask != w.Mask || got.Longest != w.Longest || got.Values != w.Values || got.Nulls != w.Nulls {
			t.Errorf("place %d: got %+v, want %+v", i, got, w)
		}
	}
}

func TestKinds(t *testing.T) {
	tests := map[string]Mask{
		`0`: Of(Int), `-1`: Of(Int), `9007199254740992`: Of(Int), `9007199254740993`: Of(Int) | NotDouble,
		`9223372036854775807`: Of(Int) | NotDouble, `-9223372036854775808`: Of(Int) | NotDouble,
		`9223372036854775808`: Of(Big) | NotDouble, `10000000000000000000000`: Of(Big),
		`99999999999999999999999999999999999999`:  Of(Big) | NotDouble,
		`100000000000000000000000000000000000000`: Of(Odd),
		`-0`: Of(Odd), `-0.0`: Of(Odd), `0.0`: Of(Double), `1.0`: Of(Double), `1e3`: Of(Double), `1E+3`: Of(Double),
		`0.1`: Of(Double), `1.10`: Of(Double), `0.30000000000000004`: Of(Double), `0.30000000000000001`: Of(Odd),
		`3.141592653589793`: Of(Double), `3.14159265358979323846`: Of(Odd), `1e400`: Of(Odd), `1e-400`: Of(Odd), `5e-324`: Of(Double), `4e-324`: Of(Odd),
		`1.7976931348623157e308`: Of(Double), `0e5`: Of(Double), `1e99999999999999999999`: Of(Odd),
		`"2024-02-29T23:59:59.000Z"`: Of(Time), `"2023-02-29T23:59:59.000Z"`: Of(Plain), `"2024-02-29T24:00:00.000Z"`: Of(Plain),
		`"2024-02-29T23:59:60.000Z"`: Of(Plain), `"2024-02-29t23:59:59.000Z"`: Of(Plain), `"2024-02-29T23:59:59.000z"`: Of(Plain), `"2024-02-29T23:59:59.00aZ"`: Of(Plain),
		`"2024-02-29T23:59:59Z"`: Of(Plain), `"0000-01-01"`: Of(Plain), `"2024-13-01"`: Of(Plain), `"2024-04-31"`: Of(Plain), `"1900-02-29"`: Of(Plain), `"2000-02-29"`: Of(Date),
		`"1969-12-31T23:59:59.999Z"`: Of(Time), `"２０２４"`: Of(Plain), `"\u0041"`: Of(Escaped), `""`: Of(Plain),
		`null`: Of(Null), `{}`: Of(Object), `[]`: Of(Array),
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			b := shredded(t, `[{"a":`+text+`}]`)
			if got := b.Places[1].Mask; got != want {
				t.Errorf("mask %b, want %b", got, want)
			}
			if got := joined(t, b); got != `[{"a":`+text+`}]` {
				t.Errorf("put together: %s", got)
			}
		})
	}
}

func TestWhatIsNoPage(t *testing.T) {
	for _, page := range []string{
		``, `[`, `[{]`, `[{"a"}]`, `[{"a":}]`, `[{"a":1,}]`, `[{"a":01}]`, `[{"a":1.}]`, `[{"a":-}]`, `[{"a":1e}]`, `[{"a":nul}]`, `[{"a":truex}]`, `[{"a":"x}]`, `[{"a":1}`, `[{"a":1}]x`, `[1]`, `[{},null]`, `[{a:1}]`, `{"a":1}`, `[{"a":1 2}]`, `[{},]`, `[{"a":[1,]}]`, `[{"a":+1}]`,
	} {
		var s Shredder
		if _, _, err := s.Page(nil, []byte(page)); err == nil {
			t.Errorf("no error for %q", page)
		}
	}
	var s Shredder
	if _, items, err := s.Page(nil, []byte(`[{},{},5]`)); items != 2 || !errors.Is(err, ErrNoObject) {
		t.Errorf("the third item is no object: %d, %v", items, err)
	}
}

func TestTooManyMembersOfItems(t *testing.T) {
	var page []string
	for i := range MaxMembers + 5 {
		page = append(page, fmt.Sprintf(`{"k%d":1}`, i))
	}
	text := "[" + strings.Join(page, ",") + "]"
	var s Shredder
	if _, _, err := s.Page(nil, []byte(text)); !errors.Is(err, ErrTooManyMembers) {
		t.Errorf("error %v", err)
	}
	free := Shredder{AnyMembers: true}
	if b := open(t, &free, text); len(b.Places) != MaxMembers+6 {
		t.Errorf("%d places", len(b.Places))
	}
}

func TestLossyStrings(t *testing.T) {
	for text, want := range map[string]bool{
		`\ud800`: true, `\ufffd`: false, "\ufffd": false, `\ud83d\ude00`: false, `\uFFFD\udc00`: true, `\\ufffd`: false,
	} {
		b := shredded(t, `[{"a":"`+text+`"}]`)
		streams, _, err := b.Streams(1, false, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		kind, _ := streams[0].Next()
		if _, got := streams[0].AppendString(nil, kind); got != want {
			t.Errorf("%q: lossy %v, want %v", text, got, want)
		}
	}
}

func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		`[{"a":1,"b":[{"c":null},{"c":"2024-02-29T00:00:00.000Z"}]},{"a":-0.0}]`, `[{"a":1,"a":{}},{"\u0061":[[]]}]`, "\n [{\"a\":1,\"a\":2}]", `[{"a":{"b":{}}},{"a":"\ud800"}]`, `[]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		var s Shredder
		data, items, err := s.Page(nil, []byte(page))
		if !json.Valid([]byte(page)) {
			return // rawjson's checks suffice: the API sends JSON
		}
		var values []any
		if json.Unmarshal([]byte(page), &values) != nil {
			return
		}
		for _, value := range values {
			if _, ok := value.(map[string]any); !ok {
				if err == nil {
					t.Fatalf("%q was taken for an object", value)
				}
				return
			}
		}
		if err != nil || items != len(values) {
			t.Fatalf("%d items, %v, want %d of %q", items, err, len(values), page)
		}
		b, err := Open(bytes.NewReader(data), 0)
		if err != nil {
			t.Fatal(err)
		}
		got, want := normal(t, joined(t, b)), normal(t, page)
		if got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

// normal is JSON text with sorted keys and numbers as they stand.
func normal(t *testing.T, text string) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func BenchmarkPage(b *testing.B) {
	var page []byte
	page = append(page, '[')
	for i := range 1000 {
		if i > 0 {
			page = append(page, ',')
		}
		page = fmt.Appendf(page, `{"url":"https://example.com/product/%d","title":"Product number %d","price":%d.99,"currency":"EUR","inStock":%v,"scrapedAt":"2024-05-17T12:34:56.%03dZ","sku":"A-%d","rating":4.%d,"reviews":[{"name":"Ann","stars":5,"text":"It does what it says on the box, and then some more."},{"name":"Bob","stars":%d,"text":"Fine"}],"attributes":{"color":"blue","weight":%d,"size":null}}`,
			i, i, i, i%3 == 0, i%1000, i*7, i%10, i%5, i*3)
	}
	page = append(page, ']')
	var s Shredder
	var out []byte
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		out, _, _ = s.Page(out[:0], page)
	}
	b.ReportMetric(float64(len(out))/float64(len(page)), "size")
}

// A sample ends with the last value that it holds to its end.
func TestSample(t *testing.T) {
	b := shredded(t, `[{"t":"one","m":"plain"},{"t":"two","m":null},{"t":"three","m":"2024-02-29"},{"t":"four","m":"a\tb"},{"t":"five","m":300}]`)
	for name, tc := range map[string]struct {
		key  string
		size int
		want []string
	}{
		"all of one kind":     {"t", 100, []string{`"one"`, `"two"`, `"three"`, `"four"`, `"five"`}},
		"a text is cut off":   {"t", 10, []string{`"one"`, `"two"`}},
		"a length is cut off": {"t", 4, []string{`"one"`}},
		"nothing":             {"t", 0, nil},
		"all of many kinds":   {"m", 100, []string{`"plain"`, `null`, `"2024-02-29"`, `"a\tb"`, `300`}},
		"kinds are cut off":   {"m", 3, nil},
		"a number is cut off": {"m", 7, []string{`"plain"`, `null`}},
		"what holds no bytes": {"m", 6, []string{`"plain"`, `null`}},
		"the last is cut off": {"m", 14, []string{`"plain"`, `null`, `"2024-02-29"`, `"a\tb"`}},
	} {
		t.Run(name, func(t *testing.T) {
			place, ok := b.Member(0, tc.key)
			if !ok {
				t.Fatal("no such member")
			}
			s, _, err := b.Sample(place, tc.size, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for kind, ok := s.Next(); ok; kind, ok = s.Next() {
				got = append(got, string(s.appendScalar(nil, kind)))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
