package jq_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/itchyny/gojq"

	"github.com/apifyctl/apifyctl/internal/jq"
)

func run(t testing.TB, expression, text string) string {
	t.Helper()
	filter, err := jq.Compile(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	var lines []string
	for result, err := range filter.Value(context.Background(), []byte(text)) {
		if err != nil {
			lines = append(lines, "error: "+err.Error())
			continue
		}
		line, err := result.AppendJSON(nil)
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		lines = append(lines, string(line))
	}
	return strings.Join(lines, "\n")
}

func TestKeeps(t *testing.T) {
	const item = `{"url": "https:\/\/e.com","price":1.0,"a":[1e5,{"z":12345678901234567890,"b":null},{}],"\u00e9":"\u0061","x":"","dup":1,"dup":2}`
	compact := strings.Replace(item, `": "h`, `":"h`, 1)
	for _, test := range []struct{ name, expression, text, want string }{
		{"nothing changed", `.`, item, compact},
		{"in an array", `.[0]`, "[" + item + "]", compact},
		{"elements chosen", `map(select(.price))`, "[" + item + ",{}]", "[" + compact + "]"},
		{"a part of an array", `.[1:]`, `[{"b":1,"a":2},{"d":1,"c":[{"z":1,"y":2}]}]`, `[{"d":1,"c":[{"z":1,"y":2}]}]`},
		{"the start of an array", `.[:1]`, `[{"b":1,"a":2},3]`, `[{"b":1,"a":2}]`},
		{"sorted elements", `sort_by(.n)`, `[{"z":1,"n":2.0},{"z":2,"n":1.0}]`, `[{"z":2,"n":1.0},{"z":1,"n":2.0}]`},
		{"grouped elements", `group_by(.n)`, `[{"z":1,"n":1},{"z":2.0,"n":1}]`, `[[{"z":1,"n":1},{"z":2.0,"n":1}]]`},
		{"below what is built", `{price, it: .}`, item, `{"price":1.0,"it":` + compact + `}`},
		{"a variable", `. as $i | {price: 1, b: $i.a[1]}`, item, `{"price":1,"b":{"z":12345678901234567890,"b":null}}`},
		{"a string", `{u: .url, v: .["é"]}`, item, `{"u":"https:\/\/e.com","v":"\u0061"}`},
		{"strings of the same text", `[.[], "a"]`, `["\u0061","a"]`, `["\u0061","a","a"]`},
		{"order of what is built", `{z: 1, a: 2, m: {y: 1, b: 2}}`, `null`, `{"z":1,"a":2,"m":{"y":1,"b":2}}`},
		{"built from names", `{url, price, "x"}`, item, `{"url":"https:\/\/e.com","price":1.0,"x":""}`},
		{"built from variables", `1 as $z | 2 as $a | {$z, $a}`, `null`, `{"z":1,"a":2}`},
		{"a computed name", `{z: 1, ("m"): 2, a: 3}`, `null`, `{"z":1,"m":2,"a":3}`},
		{"a computed name that comes twice", `{z: 1, ("a"): 2, a: 3}`, `null`, `{"z":1,"a":3}`},
		{"several values", `{z: (1, 2), a: 1}`, `null`, "{\"z\":1,\"a\":1}\n{\"z\":2,\"a\":1}"},
		{"two orders", `{b: 1, a: 2}, {a: 1, b: 2}`, `null`, "{\"b\":1,\"a\":2}\n{\"a\":1,\"b\":2}"},
		{"a suffix", `{b: {d: 1, c: 2}, a: 2}.b`, `null`, `{"d":1,"c":2}`},
		{
			"everywhere in an expression", `def f: {z: 1, y: 2}; [f, (if true then {d: 1, c: 2} else 0 end), (try error({n: 1, m: 2}) catch .), reduce 1 as $i (0; {k: 1, j: 2}), (label $l | {h: 1, g: 2}), "\({f: 1, e: 2})", (-{a: 1, b: 2}.a)]`, `null`,
			`[{"z":1,"y":2},{"d":1,"c":2},{"n":1,"m":2},{"k":1,"j":2},{"h":1,"g":2},"{\"e\":2,\"f\":1}",-1]`,
		},
		{"a member changed", `.price = 2`, `{"url":"u","price":1.0,"a":1.0}`, `{"url":"u","price":2,"a":1.0}`},
		{"a member added", `. + {b: 1, a: 2}`, `{"url":"u","price":1.0}`, `{"url":"u","price":1.0,"b":1,"a":2}`},
		{"a member deleted", `del(.b)`, `{"c":1,"b":2,"a":{"z":1,"y":2.0}}`, `{"c":1,"a":{"z":1,"y":2.0}}`},
		{"entries", `with_entries(.value += 1)`, `{"c":1,"b":2}`, `{"c":2,"b":3}`},
		{"numbers computed with", `.a + 1`, `{"a":1.0}`, `2`},
		{"lone surrogates", `.`, `{"b":"\ud800","a":1}`, `{"b":"\ud800","a":1}`},
		{"ends", `1, halt, 2`, `null`, `1`},
		{"nothing", `empty`, `null`, ``},
		{"paths", `[paths]`, `{"b":{"z":1},"a":2}`, `[["a"],["b"],["b","z"]]`},
		{"assigning what is built", `.x |= {b: ., a: 1}`, `{"y":1,"x":[1.0]}`, `{"y":1,"x":{"b":[1.0],"a":1}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := run(t, test.expression, test.text); got != test.want {
				t.Errorf("%s over %s\n got %s\nwant %s", test.expression, test.text, got, test.want)
			}
		})
	}
}

// What is no JSON is refused, and is no error of the expression.
func TestBrokenInput(t *testing.T) {
	filter, err := jq.Compile(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"{\"a\":\"\xe9\"}", `{"a":}`, `{"a":1`, ``} {
		for _, err := range filter.Value(t.Context(), []byte(text)) {
			if _, ok := errors.AsType[*jq.InputError](err); !ok {
				t.Errorf("%q: error %v, want one of the input", text, err)
			}
		}
	}
}

// An expression gives what gojq makes of it; only the spelling is another.
func FuzzSameAsGojq(f *testing.F) {
	for _, expression := range []string{
		`.`, `{b: .a, a}`, `[.[]?]`, `to_entries`, `. as {a: $x} | {$x, y: [$x]}`, `..|select(.a?)`, `reduce .[]? as $x ({n: 0, m: 0}; .n += 1)`, `path(..)`,
		`{a: {c: 1, b: 2}} | .a.c |= {z: ., y: .}`, `{(.a?|tostring): 1, b: 2}`, `try ({a: 1, b: 2} | error) catch .`, `[limit(3; repeat({b: 1, a: 2}))]`,
		`{"a b": 1, "c\(1)": 2, @base64 "x": 3}`, `. as [$a, {b: $c}] | {$c, $a}`, `path({a: .b, b: .a} | .a)`,
	} {
		f.Add(expression, `{"a":{"a":[1,{"b":null}],"c":"\u00e9"},"b":[2.0,"x"]}`)
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		var value any
		if json.Unmarshal([]byte(text), &value) != nil || strings.ContainsAny(expression, "\x00") || len(expression) > 200 || len(text) > 2000 {
			t.Skip()
		}
		for _, costly := range []string{"repeat", "range", "while", "until", "def", "recurse", "*", "input", "now", "loc", "env", "limit", "splits", "getpath", "=", "combinations", "debug", "ltrimstr", "implode", "[", "get_search_list"} {
			if strings.Contains(expression, costly) && !strings.HasPrefix(expression, "[limit(3") {
				t.Skip() // without an end, or of the moment
			}
		}
		query, err := gojq.Parse(expression)
		if err != nil {
			t.Skip()
		}
		code, err := gojq.Compile(query)
		if _, ours := jq.Compile(expression); (ours == nil) != (err == nil) {
			t.Fatalf("%s: %v, want %v", expression, ours, err)
		}
		if err != nil {
			t.Skip()
		}
		var want []string
		results := code.Run(value)
		for {
			result, ok := results.Next()
			if !ok {
				break
			}
			if err, failed := result.(error); failed {
				if len(want) == 0 || err != nil {
					want = append(want, "error")
				}
				break
			}
			line, _ := gojq.Marshal(result)
			want = append(want, string(line))
		}
		got := strings.Split(run(t, expression, text), "\n")
		if len(got) == 1 && got[0] == "" {
			got = nil
		}
		if len(got) != len(want) {
			t.Fatalf("%s over %s: %d results %q, want %d %q", expression, text, len(got), got, len(want), want)
		}
		for i := range want {
			if want[i] == "error" && strings.HasPrefix(got[i], "error") {
				continue
			}
			var a, b any
			if json.Unmarshal([]byte(got[i]), &a) != nil || json.Unmarshal([]byte(want[i]), &b) != nil || !reflect.DeepEqual(a, b) {
				t.Fatalf("%s over %s: %s, want %s", expression, text, got[i], want[i])
			}
		}
	})
}
