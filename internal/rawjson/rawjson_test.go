package rawjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func elements(text string) (parts []string, err error) {
	for element, err := range Elements([]byte(text)) {
		if err != nil {
			return parts, err
		}
		parts = append(parts, string(element))
	}
	return parts, nil
}

func TestElements(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	mixed := strings.Repeat(`{"a":[`, 100) + strings.Repeat(`]}`, 100)
	for _, tc := range []struct {
		text string
		want []string
	}{
		{`[]`, nil},
		{" [ \n] ", nil},
		{`[1]`, []string{"1"}},
		{"[ 1 ,\t-2.50e+10\n, true,null ,false ]", []string{"1", "-2.50e+10", "true", "null", "false"}},
		{`["a,]","\"","\\","\\\"]"]`, []string{`"a,]"`, `"\""`, `"\\"`, `"\\\"]"`}},
		{`[{"a":"}"},[[]],{},{"b":["]"]}]`, []string{`{"a":"}"}`, "[[]]", "{}", `{"b":["]"]}`}},
		{"[" + deep + "," + mixed + "]", []string{deep, mixed}},
		{`[{"eight":"bytes of text"} , "x"]`, []string{`{"eight":"bytes of text"}`, `"x"`}},
	} {
		got, err := elements(tc.text)
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, %v; want %q", tc.text, got, err, tc.want)
		}
		if n, err := Count([]byte(tc.text)); n != len(tc.want) || err != nil {
			t.Errorf("%s: counted %d, %v", tc.text, n, err)
		}
	}
}

func TestElementsOfWhatIsNoArray(t *testing.T) {
	for _, text := range []string{`{}`, `1`, `"a"`, `[1]]`, `[1] 2`, `[1 2]`, `[,1]`, `[1,]`, `[1:2]`, `[}`, `[{]}]`, `[[}]]`, `]`, `[{"a":]}`, `[x]`} {
		if _, err := elements(text); err == nil || errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: %v, want a syntax error", text, err)
		} else if syntax, ok := errors.AsType[*SyntaxError](err); !ok || syntax.Offset > len(text) || syntax.Want == "" {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := Count([]byte(text)); err == nil {
			t.Errorf("%s was counted", text)
		}
	}
	whole := ` [{"a":["x\"y",{"b":1}]}, "s\\" ,12]`
	for cut := range len(whole) {
		if _, err := elements(whole[:cut]); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%q: %v, want ErrIncomplete", whole[:cut], err)
		}
	}
}

// Whoever has seen enough hears nothing of what is wrong behind it.
func TestElementsStop(t *testing.T) {
	for element, err := range Elements([]byte(`[1,2,x]`)) {
		if string(element) != "1" || err != nil {
			t.Errorf("got %s, %v", element, err)
		}
		break
	}
	for member, err := range Members([]byte(`{"a":1,x}`)) {
		if member.Name() != "a" || err != nil {
			t.Errorf("got %s, %v", member.Key, err)
		}
		break
	}
}

func TestMembers(t *testing.T) {
	var got []string
	for m, err := range Members([]byte(` { "a" : 1 ,"":"x", "a":{"b":[]}, "\u00e9\n" :null}`)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s|%s|%s", m.Key, m.Name(), m.Value))
	}
	want := []string{`"a"|a|1`, `""||"x"`, `"a"|a|{"b":[]}`, "\"\\u00e9\\n\"|é\n|null"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, text := range []string{``, `[]`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{a:1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a":}`, `{} x`, `{"a`, `{"a":"`} {
		var failure error
		for _, err := range Members([]byte(text)) {
			failure = err
		}
		if failure == nil {
			t.Errorf("%s: no error", text)
		}
	}
}

func TestNext(t *testing.T) {
	rest := []byte(" {\"a\":1}\n[2] \"x\"3 \n0 9")
	var got []string
	for {
		value, tail, err := Next(rest)
		if err != nil {
			t.Fatal(err)
		}
		if value == nil {
			break
		}
		got = append(got, string(value))
		rest = tail
	}
	if want := []string{`{"a":1}`, `[2]`, `"x"`, `3`, `0`, `9`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if value, tail, err := Next([]byte(`{"a":`)); value != nil || string(tail) != `{"a":` || !errors.Is(err, ErrIncomplete) {
		t.Errorf("got %q, %q, %v", value, tail, err)
	}
}

func TestAppendCompact(t *testing.T) {
	got, err := AppendCompact([]byte("x"), []byte(" { \"a b\" : [ 1 ,\n\"\\\" \" ] }\r\n"))
	if want := `x{"a b":[1,"\" "]}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	if _, err := AppendCompact(nil, []byte(`{"a`)); !errors.Is(err, ErrIncomplete) {
		t.Errorf("got %v, want ErrIncomplete", err)
	}
}

func TestAppendUnquoted(t *testing.T) {
	for quoted, want := range map[string]string{
		``: "", `"`: "", `""`: "", `"a"`: "a", `"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t",
		`"\u00e9\u20AC"`: "é€", `"\uaF90\u0AfA"`: "\uaf90\u0afa", `"\ud83d\ude00"`: "😀", `"\ud83d"`: "\ufffd", `"\ude00x"`: "\ufffdx",
		`"\ud83d\u0041"`: "\ufffdA", `"\ud83d\ud83d\ude00"`: "\ufffd😀", `"\u0000"`: "\x00",
		"\"a\xffb\"": "a\ufffdb", "\"\xff\\n\"": "\ufffd\n", `"\q"`: "q", `"\u12"`: "\ufffd12", `"\uzzzz"`: "\ufffdzzzz",
	} {
		if got := string(AppendUnquoted(nil, []byte(quoted))); got != want {
			t.Errorf("%s: %q, want %q", quoted, got, want)
		}
	}
}

// What encoding/json takes, this package takes apart alike.
func FuzzAgainstEncodingJSON(f *testing.F) {
	for _, text := range []string{
		`[]`, `{}`, `[1,"a",{"b":[null]}]`, `{"a":{"a":1},"a":2}`, `"\ud800\u0041"`, "[\"\xff\"]", ` [ "\\" , "\"" ] `,
		strings.Repeat("[", 70) + strings.Repeat("]", 70), `[{"k":"0123456789]}"}]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, rest, err := Next(text)
		if !json.Valid(text) {
			for element, err := range Elements(text) {
				if (element == nil) != (err != nil) {
					t.Fatalf("%q: element %q with error %v", text, element, err)
				}
			}
			for m, err := range Members(text) {
				if err == nil {
					_ = m.Name()
				}
			}
			_, _ = AppendCompact(nil, text)
			return
		}
		if err != nil || len(bytes.TrimSpace(rest)) > 0 {
			t.Fatalf("%q: %v, rest %q", text, err, rest)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, text); err != nil {
			t.Fatal(err)
		}
		if got, err := AppendCompact(nil, text); err != nil || !bytes.Equal(got, compact.Bytes()) {
			t.Fatalf("%q: compact %q, %v", text, got, err)
		}
		switch value[0] {
		case '"':
			var want string
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			if got := string(AppendUnquoted(nil, value)); got != want {
				t.Fatalf("%q: %q, want %q", text, got, want)
			}
		case '[':
			checkElements(t, text)
		case '{':
			checkMembers(t, text)
		}
	})
}

func checkElements(t *testing.T, text []byte) {
	t.Helper()
	var want []json.RawMessage
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	i := 0
	for element, err := range Elements(text) {
		if err != nil || i >= len(want) || !bytes.Equal(element, want[i]) {
			t.Fatalf("%q: element %d is %q, %v", text, i, element, err)
		}
		i++
	}
	if n, err := Count(text); i != len(want) || n != i || err != nil {
		t.Fatalf("%q: %d elements, counted %d, %v; want %d", text, i, n, err, len(want))
	}
}

func checkMembers(t *testing.T, text []byte) {
	t.Helper()
	var want map[string]json.RawMessage
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for m, err := range Members(text) {
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got[m.Name()] = string(m.Value)
	}
	for name, value := range want {
		if got[name] != string(value) {
			t.Fatalf("%q: member %q is %q, want %q", text, name, got[name], value)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%q: %d members, want %d", text, len(got), len(want))
	}
}

func BenchmarkElements(b *testing.B) {
	item := `{"url":"https://shop.example/1","text":"` + strings.Repeat("some words that say little ", 30) + `","n":[1,2,3],"price":{"value":1.0,"currency":"EUR"}}`
	page := []byte("[" + strings.Repeat(item+",", 1000) + item + "]")
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if n, err := Count(page); n != 1001 || err != nil {
			b.Fatal(n, err)
		}
	}
}
