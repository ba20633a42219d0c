package input_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/apifyctl/apifyctl/internal/input"
)

func read(t testing.TB, format string, r io.Reader, o input.Options) ([]string, error) {
	t.Helper()
	f, err := input.Lookup(format)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for row, err := range f.Read(r, o) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, string(row.JSON))
	}
	return rows, nil
}

func TestRead(t *testing.T) {
	tests := []struct {
		name, format, in string
		options          input.Options
		want             []string
		err              string // part of the error; "" for none
	}{
		{name: "array", format: "json", in: `[{"a":1.0}, {"b" : 12345678901234567890}]`, want: []string{`{"a":1.0}`, `{"b" : 12345678901234567890}`}},
		{name: "empty array", format: "json", in: " [ ] \n"},
		{name: "nothing", format: "json", in: " \n"},
		{name: "one object over several lines", format: "json", in: "{\n \"a\": 1\n}\n", want: []string{"{\n \"a\": 1\n}"}},
		{name: "lines", format: "jsonl", in: "{\"a\":1}\n\n{\"a\":1,\"a\":2}\r\n", want: []string{`{"a":1}`, `{"a":1,"a":2}`}},
		{name: "byte order mark", format: "jsonl", in: "\ufeff{\"a\":1}", want: []string{`{"a":1}`}},
		{name: "no object", format: "jsonl", in: "{}\n[1]", want: []string{"{}"}, err: "item 2 is not a JSON object"},
		{name: "null in an array", format: "json", in: "[{},null]", want: []string{"{}"}, err: "item 2 is not a JSON object"},
		{name: "cut in an object", format: "json", in: `[{"a":1},{"a"`, want: []string{`{"a":1}`}, err: "item 2: unexpected EOF"},
		{name: "cut behind a comma", format: "json", in: `[{"a":1},`, want: []string{`{"a":1}`}, err: "unexpected EOF"},
		{name: "cut array", format: "json", in: `[{"a":1}`, want: []string{`{"a":1}`}, err: "unexpected EOF"},
		{name: "two arrays", format: "json", in: `[{}][{}]`, want: []string{"{}"}, err: "something follows"},
		{name: "bad syntax", format: "jsonl", in: "{\"a\":1}\n{oops}", want: []string{`{"a":1}`}, err: "item 2: invalid character"},
		{
			name: "cells", format: "csv", in: "id,price,ok,text,none\n007,1.0,true,\"a \"\"b\"\"\nc\",\n",
			want: []string{`{"id":"007","price":1.0,"ok":true,"text":"a \"b\"\nc"}`},
		},
		{name: "numbers that stay text", format: "csv", in: "a\n12345678901234567890\n+1\n1e999\n0x1\n-\n1_0\n NaN\n", want: []string{
			`{"a":"12345678901234567890"}`, `{"a":"+1"}`, `{"a":"1e999"}`, `{"a":"0x1"}`, `{"a":"-"}`, `{"a":"1_0"}`, `{"a":" NaN"}`,
		}},
		{name: "numbers", format: "csv", in: "a\n-0.5\n1e9\n123456789012345\n0\n", want: []string{`{"a":-0.5}`, `{"a":1e9}`, `{"a":123456789012345}`, `{"a":0}`}},
		{name: "strings", format: "csv", in: "a\n1\n", options: input.Options{Strings: true}, want: []string{`{"a":"1"}`}},
		{name: "semicolons", format: "csv", in: "a;b\n1;2\n", options: input.Options{Delimiter: ';'}, want: []string{`{"a":1,"b":2}`}},
		{name: "tabs", format: "tsv", in: "a\tb\n1\t2\n", want: []string{`{"a":1,"b":2}`}},
		{name: "header with a byte order mark", format: "csv", in: "\ufeffa\n1\n", want: []string{`{"a":1}`}},
		{name: "UTF-16", format: "csv", in: "\xff\xfea\x00\n\x001\x00\n\x00", want: []string{`{"a":1}`}},
		{name: "header only", format: "csv", in: "a,b\n"},
		{name: "no header", format: "csv", in: ""},
		{name: "nameless column", format: "csv", in: "a,,c\n", err: "column 2 has no name"},
		{name: "the same name twice", format: "csv", in: "a,a\n", err: `names column "a" twice`},
		{name: "row too long", format: "csv", in: "a\n1\n1,2\n", want: []string{`{"a":1}`}, err: "line 3"},
		{name: "open quote", format: "csv", in: "a\n\"1", err: "line 2"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(t, test.format, strings.NewReader(test.in), test.options)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			switch {
			case test.err == "" && err != nil:
				t.Errorf("unexpected error: %v", err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("error %v, want one that contains %q", err, test.err)
			}
		})
	}
}

// A reader that fails must not look like the end of the input.
func TestReadFails(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct{ format, head string }{
		{"jsonl", "{\"a\":1}\n"}, {"json", "[{\"a\":1}"}, {"csv", "a\n1\n"}, {"json", ""}, {"csv", ""},
	} {
		r := io.MultiReader(strings.NewReader(test.head), iotestErr{broken})
		if _, err := read(t, test.format, r, input.Options{}); !errors.Is(err, broken) {
			t.Errorf("%s after %q: error %v, want %v", test.format, test.head, err, broken)
		}
	}
}

type iotestErr struct{ err error }

func (e iotestErr) Read([]byte) (int, error) { return 0, e.err }

func TestForPath(t *testing.T) {
	for path, want := range map[string]string{
		"a.json": "json", "a.jsonl": "jsonl", "a.ndjson": "jsonl", "dir.x/A.CSV": "csv", "a.csv.gz": "csv", "a.tsv.zst": "tsv", "a.txt": "", "json": "", "": "",
	} {
		format, err := input.ForPath(path)
		if format.Name != want || (err == nil) != (want != "") {
			t.Errorf("ForPath(%q) = %q, %v, want %q", path, format.Name, err, want)
		}
	}
}

func TestOpenInflates(t *testing.T) {
	const text = "{\"a\":1}\n"
	var zipped, zstded bytes.Buffer
	gz := gzip.NewWriter(&zipped)
	zs, err := zstd.NewWriter(&zstded)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{gz, zs} {
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{"a.jsonl": []byte(text), "a.jsonl.gz": zipped.Bytes(), "a.jsonl.zst": zstded.Bytes()} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		counted := 0
		file, err := input.Open(path, func(n int) { counted += n })
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(file)
		if string(got) != text || err != nil || counted != len(content) {
			t.Errorf("%s: got %q, %v, counted %d of %d bytes", name, got, err, counted, len(content))
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "b.csv.gz"), []byte("no gzip"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := input.Open(filepath.Join(dir, "b.csv.gz"), nil); err == nil {
		t.Error("a file that is not gzip was opened")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("json", `[{"a":[1,{"b":"\ud800"}]},{}]`)
	f.Add("jsonl", "{\"a\":1}\n{}")
	f.Add("csv", "a,b\n1,\"x\ny\"\n")
	f.Add("tsv", "a\tb\n-1e5\ttrue\n")
	f.Fuzz(func(t *testing.T, format, text string) {
		if !slices.Contains(input.Names(), format) {
			t.Skip()
		}
		rows, _ := read(t, format, strings.NewReader(text), input.Options{})
		for _, row := range rows {
			if !json.Valid([]byte(row)) || row[0] != '{' {
				t.Errorf("%q became %q, which is no JSON object", text, row)
			}
		}
	})
}
