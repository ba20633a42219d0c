package export

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// As the platform writes it: every cell in quotes, lines that end with CR LF.
func TestCSVOfThePlatform(t *testing.T) {
	items := [][]byte{[]byte(`{"a":1.0,"b":"x \"y\""}`), []byte(`{"b":null,"c":true}`), []byte(`{"c":"two\nlines"}`)}
	const want = "\ufeff\"a\",\"b\",\"c\"\r\n\"1.0\",\"x \"\"y\"\"\",\"\"\r\n\"\",\"\",\"true\"\r\n\"\",\"\",\"two\nlines\"\r\n"
	for _, size := range []int{1, 2, 3} {
		got, err := export(t, inPages(items, size), "csv", Options{QuoteAll: true, CRLF: true})
		if err != nil || got != want {
			t.Errorf("pages of %d: %v\n got %q\nwant %q", size, err, got, want)
		}
	}
}

// A cell that is decoded and quoted in one go is the same as in steps.
func FuzzDecodedCell(f *testing.F) {
	for _, text := range []string{
		``, ` `, `a`, `\"`, `a \"b\" c`, `12345678\n`, `1234567,`, `12345678,12345678`, `\\`, `\u00e9t\u00e9`, `\ud83d\ude00`, `\ud83d`, `\u002c`, `\u0020`,
		`été`, "\xff", "a\tb", "\t", "1234567\n", `\x`, `\u12`, `\`, strings.Repeat(`a`, 40) + `\r`, `x, y; z`, `=1`, ` \u0041`, `\u0041 `, `\u00CC`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, inner []byte) {
		quoted := append(append([]byte{'"'}, inner...), '"')
		if end, err := rawjson.SkipString(quoted, 0); err != nil || end != len(quoted) {
			return
		}
		for _, delimiter := range []rune{',', ';', '\t', 'C', '|', ' '} {
			made, err := newCSV(nil, Options{Delimiter: delimiter})
			if err != nil {
				t.Fatal(err)
			}
			rows := &csvRows{style: &made.(*csvEncoder).style}
			want := rows.appendString([]byte("before,"), quoted)
			got := rows.style.appendDecoded([]byte("before,"), inner)
			if string(got) != string(want) {
				t.Fatalf("%q with %q: %q, want %q", inner, delimiter, got, want)
			}
		}
	})
}

// No cell that a spreadsheet can find in the file begins as a formula does,
// whatever it takes for a delimiter.
func TestSafeCells(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "a;=1+1": "a;'=1+1", "a,@x": "a,'@x", "a|+x|-y": "a|'+x|'-y", "a\t=1": "a\t'=1", "a\n=1": "a\n'=1", "a\r\n=1": "a\r\n'=1",
		"\t=1": "'\t'=1", "\n": "'\n", ";=1;＝2": ";'=1;'＝2", "1;-2;+3.5": "1;-2;+3.5", "a=1": "a=1", "a; =1": "a; =1", "-5": "-5", "-5-5": "'-5-5", "": "", ";": ";", "say \"=1\"": "say \"=1\"",
	} {
		if got := string(safeText([]byte(text))); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// Delimiters that stand in numbers or are longer than a byte take another way.
func TestDelimiters(t *testing.T) {
	const page = `[{"a":"x1;y","b":-1.5e3,"c":true,"d":"plain"},{"a":"trüe|","b":"","c":null,"d":" |"},{"a":"a\tb,c","b":12345678901,"c":false,"d":"a\nb"}]`
	want := [][]string{
		{"x1;y", "-1.5e3", "true", "plain"}, {"trüe|", "", "", " |"}, {"a\tb,c", "12345678901", "false", "a\nb"},
	}
	for _, delimiter := range ",;|\t1-.etx:ü→ " {
		t.Run(fmt.Sprintf("%q", delimiter), func(t *testing.T) {
			text, err := export(t, pagesOf(page), "csv", Options{Delimiter: delimiter, NoHeader: true, BOM: new(false)})
			if err != nil {
				t.Fatal(err)
			}
			r := csv.NewReader(strings.NewReader(text))
			r.Comma = delimiter
			got, err := r.ReadAll()
			if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
				t.Errorf("%v, %v\nof %s", got, err, text)
			}
		})
	}
}

// Cells of all lengths around the steps that they are copied in, at the end of a
// page too.
func TestShortCells(t *testing.T) {
	var page, want bytes.Buffer
	for i := range 3 * stride {
		text := strings.Repeat("abc", stride)[:i]
		fmt.Fprintf(&page, `,{"a":"%s","b":"%s"}`, text, text)
		fmt.Fprintf(&want, "%s,%s\n", text, text)
	}
	page.Bytes()[0] = '['
	page.WriteByte(']')
	got, err := export(t, pagesOf(page.String()), "csv", Options{NoHeader: true, BOM: new(false)})
	if err != nil || got != want.String() {
		t.Errorf("%v\n%s", err, got)
	}
}
