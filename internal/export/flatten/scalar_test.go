package flatten

import (
	"reflect"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

func TestSkipScalar(t *testing.T) {
	long := strings.Repeat("x", 30)
	for _, tc := range []struct {
		text  string
		plain bool
	}{
		{`"` + long + `"`, true},
		{`""`, true},
		{`"a b"`, true},
		{`" a "`, true},
		{`"` + long + `,"`, false},
		{`",` + long + `"`, false},
		{`","`, false},
		{`"` + long + `\n"`, false},
		{`"` + long + `é` + long + `"`, false},
		{"\"a\tb\"", false},
		{`"\""`, false},
		{`"\\"`, false},
		{`"` + long + `\\\""`, false},
		{`12`, true},
		{`-12.50`, true},
		{`1e5`, false},
		{`true`, true},
		{`false`, true},
		{`null`, false},
		{`{"a":"}"}`, false},
		{`[1,[2]]`, false},
	} {
		for pad := range 10 {
			text := []byte(strings.Repeat(" ", pad) + tc.text + `,"next":1}` + long)
			end, plain, err := skipScalar(text, pad, ',')
			if err != nil || end != pad+len(tc.text) || plain != tc.plain {
				t.Errorf("%s behind %d: ends at %d, plain %v, %v", tc.text, pad, end, plain, err)
			}
		}
	}
}

func FuzzSkipScalar(f *testing.F) {
	for _, text := range []string{`"abc"`, `"abcdefgh\"ijkl",`, `12,`, `1.5}`, `{"a":1}`, `"é`, `"\`, `truex`, `-`, ``} {
		f.Add([]byte(text), byte(','))
		f.Add([]byte(text+strings.Repeat(" ", 9)), byte('a'))
	}
	f.Fuzz(func(t *testing.T, text []byte, special byte) {
		want, wantErr := rawjson.SkipValue(text, 0)
		got, plain, err := skipScalar(text, 0, special)
		if got != want || !reflect.DeepEqual(err, wantErr) {
			t.Fatalf("%q ends at %d, %v; want %d, %v", text, got, err, want, wantErr)
		}
		if !plain {
			return
		}
		value := text[:got]
		if value[0] != '"' {
			if strings.Trim(string(value), "-.0123456789") != "" && string(value) != "true" && string(value) != "false" {
				t.Errorf("%q is not plain", value)
			}
			return
		}
		for _, c := range value[1 : len(value)-1] {
			if c < ' ' || c >= 0x80 || c == '"' || c == '\\' || c == special && special != '"' {
				t.Errorf("%q with %q is not plain", value, special)
			}
		}
	})
}

func TestLabel(t *testing.T) {
	for length := range 40 {
		key := `"` + strings.Repeat("k", length) + `"`
		l := keyLabel([]byte(key))
		for _, tc := range []struct {
			text string
			want bool
		}{
			{key + `:1,"and":"more"}`, true},
			{key + `x1,"and":"more"}`, false},
			{`"x` + key[1:] + `:1,"and":"more"}`, false},
			{key + ` :1,"and":"more"}`, false},
			{strings.Replace(key, "k", "l", 1) + `:1,"and":"more"}`, length == 0},
			{key[:len(key)-1], false},
			{"", false},
		} {
			for _, before := range []string{"", "{", `{"a":12,`} {
				if got := l.startsAt([]byte(before+tc.text), len(before)); got != tc.want {
					t.Errorf("%s in %s: %v", key, before+tc.text, got)
				}
			}
		}
		// At the very end it may be missed, and is found in another way then.
		if l.startsAt([]byte(key+";"), 0) {
			t.Errorf("%s without a colon", key)
		}
	}
}
