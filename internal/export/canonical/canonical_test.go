package canonical

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
)

func encode(t *testing.T, text string) string {
	t.Helper()
	encoded, err := new(Encoder).Append(nil, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return string(encoded)
}

func TestEqualValues(t *testing.T) {
	long := strings.Repeat("long ", 200)
	for name, texts := range map[string][]string{
		"one":                     {`1`, `1.0`, `1e0`, `10e-1`, `0.1E+1`, `1.000`, `0.001e3`, ` 1 `},
		"zero":                    {`0`, `-0`, `0.0`, `0e9`, `-0.00e-7`},
		"a large number":          {`12300`, `123e2`, `1.23e4`, `12300.0`},
		"a number beyond 64 bits": {`100000000000000000000000000000`, `1e29`, `1e00000000000000000000000000029`},
		"an enormous exponent":    {`10e99999999999999999999`, `1e100000000000000000000`},
		"members in any order":    {`{"a":1,"b":{"c":2,"d":3}}`, `{"b":{"d":3,"c":2},"a":1.0}`, "{ \"b\" : {\"d\":3,\"c\":2} ,\n\"a\":1}"},
		"the last of a key":       {`{"a":1}`, `{"a":2,"a":1}`, `{"a":{"x":1},"\u0061":1}`},
		"escapes":                 {`"aé😀/"`, `"\u0061\u00e9\ud83d\ude00\/"`, `"a\u00E9\uD83D\uDE00/"`},
		"escaped keys":            {`{"a\"b":1}`, `{"\u0061\u0022b":1}`},
		"long members":            {`{"x":"` + long + `","a":[1]}`, `{"a":[1.0],"x":"` + strings.ReplaceAll(long, "o", `\u006f`) + `"}`},
		"nothing":                 {`{}`, ` { } `},
	} {
		t.Run(name, func(t *testing.T) {
			want := encode(t, texts[0])
			for _, text := range texts[1:] {
				if encode(t, text) != want {
					t.Errorf("%s and %s are not equal", texts[0], text)
				}
			}
		})
	}
}

func TestDifferentValues(t *testing.T) {
	texts := []string{
		`1`, `-1`, `10`, `0.1`, `1.0000000000000000000000001`, `9007199254740993`, `9007199254740992`, `"1"`, `true`, `"true"`, `false`, `null`, `"null"`, `""`, `0`, `01`, `1e`, `-`,
		`[]`, `{}`, `[[]]`, `[null]`, `[1,2]`, `[2,1]`, `["1,2"]`, `[12]`, `{"a":null}`, `{"a":1,"b":2}`, `{"a":2,"b":1}`, `{"a":{"b":1}}`, `{"a":{},"b":1}`, `[{"a":1},{"b":2}]`, `[{"a":1,"b":2}]`,
		`"\ud800"`, `"\udc00"`, `"\ufffd"`, `"\ud800\ud800"`, `"é"`, `"e\u0301"`, `{"a":"bc"}`, `{"ab":"c"}`, `["a","b"]`, `["ab"]`, `"]"`,
	}
	seen := map[string]string{}
	for _, text := range texts {
		key := encode(t, text)
		if other, there := seen[key]; there {
			t.Errorf("%s and %s are taken for equal", text, other)
		}
		seen[key] = text
	}
	for a := range seen {
		for b := range seen {
			if a != b && strings.HasPrefix(b, a) {
				t.Errorf("what %s is equal by begins that of %s", seen[a], seen[b])
			}
		}
	}
}

func TestIgnore(t *testing.T) {
	e := Encoder{Ignore: "source"}
	one, _ := e.Append(nil, []byte(`{"source":"a","x":{"source":1}}`))
	two, _ := e.Append(nil, []byte(`{"x":{"source":1},"s\u006furce":"b"}`))
	three, _ := e.Append(nil, []byte(`{"x":{"source":2}}`))
	if !bytes.Equal(one, two) || bytes.Equal(one, three) {
		t.Errorf("%q, %q, %q", one, two, three)
	}
}

func TestBroken(t *testing.T) {
	for _, text := range []string{``, `{`, `[1,`, `{"a"}`, `{"a":}`, `{"a":1`, `[1 2]`, `"a`, `{} {}`, `{a:1}`, `}`, strings.Repeat("[", deepest+2) + strings.Repeat("]", deepest+2)} {
		if encoded, err := new(Encoder).Append(nil, []byte(text)); err == nil {
			t.Errorf("%.20s became %q", text, encoded)
		}
	}
}

// What is nested as deep as it can be takes time that grows with its length alone.
func TestDeep(t *testing.T) {
	const depth = 9_000
	open := strings.Repeat(`{"b":1,"a":`, depth)
	if a, b := encode(t, open+"1"+strings.Repeat("}", depth)), encode(t, open+"2"+strings.Repeat("}", depth)); a == b {
		t.Error("they differ in the innermost value")
	}
}

// reference is the same by a way that is obviously right, and slow.
func reference(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var parts []string
		for name, member := range v {
			parts = append(parts, fmt.Sprintf("%q:%s", name, reference(member)))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case []any:
		var parts []string
		for _, element := range v {
			parts = append(parts, reference(element))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case json.Number:
		n, ok := new(big.Rat).SetString(v.String())
		if !ok {
			return "number " + v.String()
		}
		return n.String()
	}
	return fmt.Sprintf("%T %q", value, fmt.Sprint(value))
}

func decode(text []byte) (value any, ok bool) {
	// A lone surrogate becomes U+FFFD in encoding/json, and an exponent of many
	// digits fills memory in big.Rat.
	if !json.Valid(text) || bytes.Contains(text, []byte(`\u`)) || bytes.ContainsAny(text, "eE") && bytes.ContainsAny(text, "0123456789") || !bytes.Equal(bytes.ToValidUTF8(text, nil), text) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&value)
	return value, err == nil
}

func FuzzEncoder(f *testing.F) {
	for _, pair := range [][2]string{
		{`{"a":1,"b":[1.0,"x"]}`, `{"b":[1,"x"],"a":1.00}`}, {`[1]`, `[10]`}, {`{"a":1,"a":2}`, `{"a":2}`}, {`"\"\n"`, `"\"\n"`}, {`-0`, `0.0`}, {`{"":{}}`, `{}`},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		e := new(Encoder)
		first, firstErr := e.Append(nil, []byte(one))
		second, secondErr := e.Append(nil, []byte(two))
		a, aOK := decode([]byte(one))
		b, bOK := decode([]byte(two))
		if aOK && firstErr != nil || bOK && secondErr != nil {
			t.Fatalf("%v, %v", firstErr, secondErr)
		}
		if aOK && bOK && bytes.Equal(first, second) != (reference(a) == reference(b)) {
			t.Errorf("%s and %s: equal %v, want %v", one, two, bytes.Equal(first, second), reference(a) == reference(b))
		}
	})
}

func BenchmarkEncoder(b *testing.B) {
	item := []byte(`{"url":"https://shop.example.com/p/1","price":{"amount":12.50,"currency":"EUR"},"tags":["a","bc"],"text":"` + strings.Repeat("Some words that say little. ", 20) + `","stock":12,"seen":true,"brand":"x","id":"17","reviews":[{"stars":5,"text":"fine"},{"stars":4,"text":"good"}]}`)
	b.SetBytes(int64(len(item)))
	var e Encoder
	var dst []byte
	var err error
	for b.Loop() {
		if dst, err = e.Append(dst[:0], item); err != nil {
			b.Fatal(err)
		}
	}
}
