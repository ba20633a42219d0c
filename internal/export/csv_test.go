package export

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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
		`été`, "\xff", "a\tb", "\t", "1234567\n", `\x`, `\u12`, `\`, strings.Repeat(`a`, 40) + `\r`, `x, y; z`, `=1`, ` \u0041`, `\u0041 `, `\u00CC`, `\u00CC and more`, `\u0080`, "\u0080 and more",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, inner []byte) {
		quoted := append(append([]byte{'"'}, inner...), '"')
		if end, err := rawjson.SkipString(quoted, 0); err != nil || end != len(quoted) || !utf8.Valid(inner) {
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
		"\t=1": "'\t'=1", "\n": "'\n", ";=1;＝2": ";'=1;'＝2", "1;-2;+3.5": "1;-2;+3.5", ";;=1": ";;'=1", "a;;=1": "a;;'=1", "a=1": "a=1", "a; =1": "a; =1", "-5": "-5", "-5-5": "'-5-5", "": "", ";": ";", "say \"=1\"": "say \"=1\"",
	} {
		if got := string(safeText([]byte(text))); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// Delimiters that stand in numbers or are longer than a byte take another way.
func TestDelimiters(t *testing.T) {
	const page = `[{"a":"x1;y","b":-1.5E+3,"c":true,"d":"plain"},{"a":"trüe|","b":"","c":null,"d":" |"},{"a":"a\tb,c","b":-123456.78901,"c":false,"d":"a\nb"}]`
	want := [][]string{
		{"x1;y", "-1.5E+3", "true", "plain"}, {"trüe|", "", "", " |"}, {"a\tb,c", "-123456.78901", "false", "a\nb"},
	}
	for _, delimiter := range ",;|\t019-.aeflnrstuxzE+/:ü→ " {
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

// A header must not be taken for something else, nor change when it is read.
func TestHeaderCells(t *testing.T) {
	for _, test := range []struct {
		name, item, want string
		options          Options
	}{
		{"a byte order mark", `{"\ufeffa":1,"b":2}`, "\"\ufeffa\",b\n1,2\n", Options{Fields: []string{"\ufeffa", "b"}}},
		{"a byte order mark, not first", `{"a":1,"\ufeffb":2}`, "a,\ufeffb\n1,2\n", Options{}},
		{"the name of a delimiter", `{"sep=;":1,"z":2}`, "\"sep=;\",z\n1,2\n", Options{}},
		{"the name of a delimiter in capitals", `{"SEP=;":1,"z":2}`, "\"SEP=;\",z\n1,2\n", Options{}},
		{"the name of a delimiter, not first", `{"a":1,"sep=;":2}`, "a,sep=;\n1,2\n", Options{}},
		{"what needs quotes", `{"a,b":1," c":2,"d ":3,"\te":4,"f\"":5,"g\nh":6,"\u0000":7}`, "\"\x00\",\"\te\",\" c\",\"a,b\",\"d \",\"f\"\"\",\"g\nh\"\n7,4,2,1,3,5,6\n", Options{}},
		{"what needs no quotes", `{"a;b":1,"c'd":2,"e\\f":3,"é":4}`, "a;b,c'd,e\\f,é\n1,2,3,4\n", Options{}},
		{"a formula", `{"=a":1,"b":2}`, "'=a,b\n1,2\n", Options{SafeCells: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.BOM = new(bool)
			got, err := export(t, pagesOf("["+test.item+"]"), "csv", test.options)
			if err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// Blanks at the ends of cells are kept by quotes: readers trim cells.
func TestBlanksInCells(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " ": `" "`, "\t": "\"\t\"", " a": `" a"`, "a ": `"a "`, "\ta": "\"\ta\"", "a\t": "\"a\t\"", "a b": "a b", "a\tb": "a\tb", " 12345678": `" 12345678"`, "12345678 ": `"12345678 "`, " é": `" é"`,
	} {
		for _, o := range []Options{{}, {SafeCells: true}, {Delimiter: 'ß'}} {
			o.BOM, o.NoHeader = new(bool), true
			got, err := export(t, pagesOf(fmt.Sprintf(`[{"a":%q,"b":1}]`, text)), "csv", o)
			delimiter := ","
			if o.Delimiter != 0 {
				delimiter = string(o.Delimiter)
			}
			cell := want
			if o.SafeCells && strings.HasPrefix(text, "\t") { // it runs as a formula
				cell = "\"'" + text + "\""
				if text == "\ta" {
					cell = "'\ta"
				}
			}
			if err != nil || got != cell+delimiter+"1\n" {
				t.Errorf("%q, %+v: %q, %v, want the cell %q", text, o, got, err, cell)
			}
		}
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
