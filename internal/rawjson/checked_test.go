package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

var checkedSamples = []string{
	`{"a": 1, "b": [ ] , "c" : { } , "d":[1 ,2.50, -0.1e+7,{"e":null}] }`, "\t\r\n true ", `"a b\n\u00e9\" ü 👍 longer than eight"`, `[]`, `{}`, `0`, `-1E5`,
	`9`, `-9.09e9`, `"a b"`, `"\uabcd\uEF09\uaf90"`, "\"a\x01bcdefghijkl\"", "\"abcdefgh\x1f\"",
	`{"same":1,"same":2}`, `[[[[[[[[[[]]]]]]]]]]`, `"\ud800"`, "\"\xff\"",
	``, ` `, `{`, `[1,]`, `{"a":1,}`, `{"a"}`, `{"a" 1}`, `{a:1}`, `[1 2]`, `01`, `-`, `1.`, `1e`, `+1`, `.5`, `tru`, `nul`, `truE`, `"`, `"\x"`, `"\u12"`, `"\u12g4"`,
	"\"\t\"", "\"eight678\x01\"", "[1]\x00", `[1]]`, `{"a":1]`, "\v1", "\"\\u\x11111\"", "\u00a0 1", "{} {}", "1 2",
}

// AppendChecked accepts what encoding/json accepts, and leaves what it leaves.
func checkChecked(t *testing.T, text []byte) {
	var want bytes.Buffer
	wantErr := json.Compact(&want, text)
	got, err := AppendChecked([]byte("before"), text)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%q: %v, want %v", text, err, wantErr)
	}
	if string(got) != "before"+want.String() && err == nil || err != nil && string(got) != "before" {
		t.Fatalf("%q: %q, want %q", text, got, want.String())
	}
	var syntax *SyntaxError
	if err != nil && !errors.Is(err, ErrIncomplete) && (!errors.As(err, &syntax) || syntax.Offset > len(text)) {
		t.Fatalf("%q: %v", text, err)
	}
}

func TestAppendChecked(t *testing.T) {
	for _, text := range checkedSamples {
		checkChecked(t, []byte(text))
	}
	for depth := deepest - 1; depth <= deepest+1; depth++ {
		checkChecked(t, []byte(strings.Repeat("[", depth)+strings.Repeat("]", depth)))
	}
	for _, text := range []string{`{"a": [1, `, `-`, `1.`, `1e`, `1e+`, `"\u12`} {
		if _, err := AppendChecked(nil, []byte(text)); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s is cut off: %v", text, err)
		}
	}
	for _, text := range []string{`-x`, `1.e`, `1ex`} {
		if _, err := AppendChecked(nil, []byte(text)); errors.Is(err, ErrIncomplete) {
			t.Errorf("%s lacks a digit, and is not cut off: %v", text, err)
		}
	}
}

func FuzzAppendChecked(f *testing.F) {
	for _, text := range checkedSamples {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkChecked(t, text) })
}

func BenchmarkAppendChecked(b *testing.B) {
	item := map[string]any{"url": "https://shop.example/products/1", "price": map[string]any{"amount": 12.5, "currency": "EUR"}, "tags": []string{"new", "sale"}}
	for _, name := range []string{"name", "description", "brand", "category", "seller", "color", "material", "origin", "delivery", "returns"} {
		item[name] = "some words about the " + name + " of a product, as shops have them"
	}
	text, err := json.MarshalIndent(item, "", "\t")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	var out []byte
	for b.Loop() {
		if out, err = AppendChecked(out[:0], text); err != nil {
			b.Fatal(err)
		}
	}
}
