package input_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/apifyctl/apifyctl/internal/input"
)

func read(t testing.TB, format string, r io.Reader, o input.Options) ([]string, error) {
	t.Helper()
	f, err := input.Lookup(input.Requests(), format)
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
		{name: "array", format: "json", in: `[{"a":1.0}, {"b" : 12345678901234567890}]`, want: []string{`{"a":1.0}`, `{"b":12345678901234567890}`}},
		{name: "empty array", format: "json", in: " [ ] \n"},
		{name: "nothing", format: "json", in: " \n"},
		{name: "one object over several lines", format: "json", in: "{\n \"a\": 1\n}\n", want: []string{`{"a":1}`}},
		{name: "lines", format: "jsonl", in: "{\"a\":1}\n\n{\"a\":1,\"a\":2}\r\n", want: []string{`{"a":1}`, `{"a":1,"a":2}`}},
		{name: "byte order mark", format: "jsonl", in: "\ufeff{\"a\":1}", want: []string{`{"a":1}`}},
		{name: "no object", format: "jsonl", in: "{}\n[1]", want: []string{"{}"}, err: "item 2 is not a JSON object"},
		{name: "null in an array", format: "json", in: "[{},null]", want: []string{"{}"}, err: "item 2 is not a JSON object"},
		{name: "cut in an object", format: "json", in: `[{"a":1},{"a"`, want: []string{`{"a":1}`}, err: "line 1, column 14: item 2 is cut off"},
		{name: "cut behind a comma", format: "json", in: `[{"a":1},`, want: []string{`{"a":1}`}, err: "the array is cut off"},
		{name: "cut array", format: "json", in: `[{"a":1}`, want: []string{`{"a":1}`}, err: "the array is cut off"},
		{name: "two arrays", format: "json", in: `[{}][{}]`, want: []string{"{}"}, err: "something follows"},
		{name: "bad syntax", format: "jsonl", in: "{\"a\":1}\n{oops}", want: []string{`{"a":1}`}, err: "line 2, column 2: item 2 is not JSON: expected a key"},
		{
			name: "cells", format: "csv", in: "id,price,ok,text,none\n007,1.0,true,\"a \"\"b\"\"\nc\",\n",
			want: []string{`{"id":"007","price":1.0,"ok":true,"text":"a \"b\"\nc"}`},
		},
		{name: "numbers that stay text", format: "csv", in: "a\n12345678901234567890\n+1\n1e999\n0x1\n-\n1_0\n NaN\n", want: []string{
			`{"a":"12345678901234567890"}`, `{"a":"+1"}`, `{"a":"1e999"}`, `{"a":"0x1"}`, `{"a":"-"}`, `{"a":"1_0"}`, `{"a":" NaN"}`,
		}},
		{name: "numbers", format: "csv", in: "a\n-0.5\n1e9\n123456789012345\n0\n", want: []string{`{"a":-0.5}`, `{"a":1e9}`, `{"a":123456789012345}`, `{"a":0}`}},
		{name: "numbers of one digit", format: "csv", in: "a,b\n9,0\n", want: []string{`{"a":9,"b":0}`}},
		{name: "strings", format: "csv", in: "a\n1\n", options: input.Options{Strings: true}, want: []string{`{"a":"1"}`}},
		{name: "semicolons", format: "csv", in: "a;b\n1;2\n", options: input.Options{Delimiter: ';'}, want: []string{`{"a":1,"b":2}`}},
		{name: "tabs", format: "tsv", in: "a\tb\n1\t2\n", want: []string{`{"a":1,"b":2}`}},
		{name: "header with a byte order mark", format: "csv", in: "\ufeffa\n1\n", want: []string{`{"a":1}`}},
		{name: "UTF-16", format: "csv", in: "\xff\xfea\x00\n\x001\x00\n\x00", want: []string{`{"a":1}`}},
		{name: "header only", format: "csv", in: "a,b\n"},
		{name: "no header", format: "csv", in: ""},
		{name: "nameless column", format: "csv", in: "a,,c\n", err: "column 2 has no name"},
		{name: "the same name twice", format: "csv", in: "a,a\n", err: `names column "a" twice`},
		{name: "lines that end with CR", format: "csv", in: "a,b\r1,2\r3,4", want: []string{`{"a":1,"b":2}`, `{"a":3,"b":4}`}},
		{name: "lines that end with CR LF", format: "csv", in: "a,b\r\n1,2\r\n\r\n3,\r\n", want: []string{`{"a":1,"b":2}`, `{"a":3}`}},
		{name: "all line ends", format: "csv", in: "a\r1\n2\r\n3", want: []string{`{"a":1}`, `{"a":2}`, `{"a":3}`}},
		{name: "line ends in quotes", format: "csv", in: "a,b\r\n\"x\r\ny\rz\n\",\"\"\"\"\r\n", want: []string{`{"a":"x\r\ny\rz\n","b":"\""}`}},
		{name: "separator line", format: "csv", in: "\ufeffsep=;\r\na;b\r\n1;\"2,5\"\r\n", want: []string{`{"a":1,"b":"2,5"}`}},
		{name: "separator line of several bytes", format: "csv", in: "sep=§\na§b\n1§2\n", want: []string{`{"a":1,"b":2}`}},
		{name: "separator line and a delimiter", format: "csv", in: "sep=;\na|b\n1|2\n", options: input.Options{Delimiter: '|'}, want: []string{`{"a":1,"b":2}`}},
		{name: "a column that is called sep", format: "csv", in: "sep=;a\n1\n", want: []string{`{"sep=;a":1}`}},
		{name: "latin1 without a word", format: "csv", in: "name\ncaf\xe9\n", err: "line 2: not valid UTF-8 at byte 9"},
		{name: "latin1", format: "csv", in: "name\ncaf\xe9 \x80\n", options: input.Options{Encoding: "latin1"}, want: []string{`{"name":"café €"}`}},
		{name: "Shift JIS", format: "csv", in: "a\n\x93\xfa\x96{\n", options: input.Options{Encoding: "Shift_JIS"}, want: []string{`{"a":"日本"}`}},
		{name: "broken Shift JIS", format: "csv", in: "a\n\x93\xfa\xff\n", options: input.Options{Encoding: "sjis"}, err: "line 2: not valid shift-jis at byte 5"},
		{name: "broken at once", format: "csv", in: "\xff\n", options: input.Options{Encoding: "sjis"}, err: "line 1: not valid shift-jis at byte 1"},
		{name: "places behind CR", format: "jsonl", in: "{\"a\":1}\r \r\n  {oops}", want: []string{`{"a":1}`}, err: "line 3, column 4"},
		{name: "places behind white space", format: "jsonl", in: "{\"a\":1}  \n \n  {oops}", want: []string{`{"a":1}`}, err: "line 3, column 4"},
		{name: "invalid in JSON", format: "json", in: "[{\"a\":1},\n{\"b\":\"\xff\"}]", want: []string{`{"a":1}`}, err: "line 2: not valid UTF-8 at byte 17"},
		{name: "UTF-16 without a mark", format: "jsonl", in: utf16le("{\"a\":\"é\"}\r\n{}", false), want: []string{`{"a":"é"}`, `{}`}},
		{name: "UTF-16, big endian", format: "jsonl", in: "\xfe\xff\x00{\x00}", want: []string{`{}`}},
		{name: "half a surrogate", format: "csv", in: utf16le("a\n", true) + "\x00\xd8\n\x00", err: "line 2: not valid UTF-16 at byte 7"},
		{name: "cut in a surrogate", format: "csv", in: utf16le("a\n", true) + "\x00\xd8", err: "line 2: not valid UTF-16 at byte 7"},
		{name: "two characters of UTF-16", format: "txt", in: "a\x00b\x00", want: []string{`{"url":"ab"}`}},
		{name: "cut in UTF-16", format: "csv", in: utf16le("a\n1", true) + "x", err: "line 2: not valid UTF-16 at byte 9"},
		{name: "UTF-32", format: "csv", in: "\xff\xfe\x00\x00a\x00\x00\x00", err: "UTF-32"},
		{name: "a mark of another encoding", format: "csv", in: "\ufeffa\n1\n", options: input.Options{Encoding: "latin1"}, err: "byte order mark of utf-8"},
		{name: "NUL", format: "csv", in: "a\nx\x00\n", err: "line 2: a NUL character"},
		{name: "NUL at the start of a cell", format: "csv", in: "a\n\x00x\n", err: "line 2: a NUL character"},
		{name: "NUL in quotes", format: "csv", in: "a\n\"x\x00\"\n", want: []string{`{"a":"x\u0000"}`}},
		{name: "quote in a cell", format: "csv", in: "a\n5\" pipe\n", err: "line 2: a quote in a cell"},
		{name: "text behind a quote", format: "csv", in: "a\n\"5\"x\n", err: "line 2: something follows the quote"},
		{name: "row too short", format: "csv", in: "a,b\n1\n", err: "line 2: there are 1 cells, and 2 columns"},
		{name: "URLs", format: "txt", in: "\ufeffhttps://a.test/ \r# no\r\r\nhttps://b.test/?x=\"<&>\"", want: []string{`{"url":"https://a.test/"}`, `{"url":"https://b.test/?x=\"<&>\""}`}},
		{name: "NUL in a URL", format: "txt", in: "https://a.test/\nhttps://b.test/\x00", want: []string{`{"url":"https://a.test/"}`}, err: "line 2: a NUL character"},
		{name: "NUL before a URL", format: "txt", in: "\x00https://a.test/", err: "line 1: a NUL character"},
		{name: "URLs in UTF-16", format: "txt", in: utf16le("https://a.test/\nhttps://b.test/é\n", true), want: []string{`{"url":"https://a.test/"}`, `{"url":"https://b.test/é"}`}},
		{name: "URLs in latin1", format: "txt", in: "https://a.test/\nhttps://b.test/\xe9\n", want: []string{`{"url":"https://a.test/"}`}, err: "line 2: not valid UTF-8 at byte 32"},
		{name: "sitemap", format: "xml", in: "<?xml version='1.0'?><urlset><url><x:y xmlns:x='u'><loc>no</loc></x:y><loc> https://a.test/?a=1&amp;b<![CDATA[&]]> </loc></url><url/></urlset>\n", want: []string{`{"url":"https://a.test/?a=1&b&"}`, `{"url":""}`}},
		{name: "sitemap in latin1", format: "xml", in: "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><urlset><url><loc>https://a.test/\xe9</loc></url></urlset>", want: []string{`{"url":"https://a.test/é"}`}},
		{name: "sitemap in UTF-16", format: "xml", in: utf16le("<?xml version=\"1.0\" encoding=\"UTF-16\"?><urlset><url><loc>https://a.test/é</loc></url></urlset>", true), want: []string{`{"url":"https://a.test/é"}`}},
		{name: "sitemap that lies about its encoding", format: "xml", in: "<urlset>\n<url><loc>\xe9</loc></url></urlset>", err: "line 2: not valid UTF-8 at byte 20"},
		{name: "page instead of a sitemap", format: "xml", in: "<html><body/></html>", err: "<html> is no sitemap"},
		{name: "cut sitemap", format: "xml", in: "<urlset><url><loc>https://a.test/</loc></url>", want: []string{`{"url":"https://a.test/"}`}, err: "cut off"},
		{name: "index from stdin", format: "xml", in: "<sitemapindex><sitemap><loc>a.xml</loc></sitemap></sitemapindex>", err: "give it as a file"},
		{name: "row too long", format: "csv", in: "a\n1\n1,2\n", want: []string{`{"a":1}`}, err: "line 3"},
		{name: "quote that is open over lines", format: "csv", in: "a\n\"1\n2", err: "line 2: the quote that is opened here is not closed"},
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

func utf16le(text string, mark bool) string {
	var out []byte
	if mark {
		out = append(out, 0xff, 0xfe)
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return string(out)
}

// Whatever pieces text comes in, it is read alike, and so are the places of what
// is wrong with it.
func TestReadInPieces(t *testing.T) {
	for _, test := range []struct{ format, in string }{
		{"csv", "a,b\r\n\"x\r\ny\",2\r3,\"\"\"\"\n"},
		{"csv", "a\r\ncaf\xe9\r\n"},
		{"csv", utf16le("a,b\r\n😀,é\r\n", true)},
		{"json", "[{\"a\":\"日本\"} ,\n {\"b\":[1,2]}\n]\n"},
		{"json", "[{\"a\":\"日本\"} ,\n {\"b\":[1,}]}\n]\n"},
		{"txt", "https://a.test/é\r\nhttps://b.test/\r"},
		{"xml", "<urlset><url><loc>https://a.test/é</loc></url></urlset>"},
	} {
		want, wantErr := read(t, test.format, strings.NewReader(test.in), input.Options{})
		pieces := []io.Reader{iotest.HalfReader(strings.NewReader(test.in)), iotest.DataErrReader(strings.NewReader(test.in))}
		for size := 1; size < 8; size++ {
			pieces = append(pieces, piecesReader{strings.NewReader(test.in), size})
		}
		for _, r := range pieces {
			got, err := read(t, test.format, r, input.Options{})
			if !slices.Equal(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("%q in pieces: %q, %v; at once %q, %v", test.in, got, err, want, wantErr)
			}
		}
	}
}

// piecesReader gives at most so many bytes at once.
type piecesReader struct {
	r    io.Reader
	size int
}

func (p piecesReader) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.size)]) }

// What is larger than the bounds ends with an error, and takes no more memory
// than they say.
func TestBounds(t *testing.T) {
	endless := func(before, again string) io.Reader {
		return io.MultiReader(strings.NewReader(before), &repeated{text: again})
	}
	for _, test := range []struct {
		name, format string
		in           io.Reader
		err          string
	}{
		{"item", "jsonl", endless(`{"a":"`, "x"), "line 1: item 1 has more than 32 MB"},
		{"nesting", "json", endless(`[{"a":`, "["), "line 1: item 1 has more than 32 MB"},
		{"cell", "csv", endless("a\n", "x"), "line 2: a row has more than 32 MB"},
		{"cell in quotes", "csv", endless("a\n\"", "x"), "line 2: a row has more than 32 MB"},
		{"lines in quotes", "csv", endless("a\n\"", "x\n"), "line 2: a row has more than 32 MB"},
		{"cells", "csv", endless("a\n", "x,"), "line 2: a row has more than 32 MB"},
		{"header", "tsv", endless("", "x\t"), "line 1: a row has more than 32 MB"},
		{"URL", "txt", endless("https://a.test/\n", "x"), "line 2: a URL has more than 1 MB"},
		{"location", "xml", endless("<urlset>\n<url><loc>", "x"), "line 2: an element has more than 1 MB"},
		{"location in parts", "xml", endless("<urlset>\n<url><loc>", "x<b/>"), "line 2: an element has more than 1 MB"},
		{"other element", "xml", endless("<urlset>\n<url><news>", "x"), "line 2: an element has more than 1 MB"},
		{"comment", "xml", endless("<urlset>\n<!--", "x"), "line 2: an element has more than 1 MB"},
		{"depth", "xml", endless("<urlset>\n", "<url>"), "line 2: elements are nested more than 100 deep"},
		{"attribute", "xml", endless("<urlset>\n<url a='", "x"), "line 2: an element has more than 1 MB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := read(t, test.format, test.in, input.Options{})
			runtime.ReadMemStats(&after)
			if err == nil || err.Error() != test.err {
				t.Errorf("error %v, want %s", err, test.err)
			}
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 10*input.MaxItem {
				t.Errorf("%d MB of memory were taken in all", taken>>20)
			}
		})
	}
}

// repeated is text over and over again, 1 GB of it.
type repeated struct {
	text string
	read int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.read > 1<<30 {
		return 0, io.EOF
	}
	at := r.read % len(r.text)
	n := copy(p, r.text[at:]+r.text[:at])
	for n < len(p) { // twice as much each time
		n += copy(p[n:], p[:n-n%len(r.text)])
	}
	r.read += n
	return n, nil
}

// A reader that fails must not look like the end of the input.
func TestReadFails(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct{ format, head string }{
		{"jsonl", "{\"a\":1}\n"},
		{"json", "[{\"a\":1}"},
		{"csv", "a\n1\n"},
		{"json", ""},
		{"csv", ""},
		{"xml", ""},
		{"xml", "<urlset><url>"},
		{"txt", "https://a.test/\n"},
		{"csv", "a\n\xe6\x97"},
		{"csv", "abcdef\n\xe6\x97"}, // within a character
	} {
		text := func() io.Reader { return io.MultiReader(strings.NewReader(test.head), iotest.ErrReader(broken)) }
		for name, r := range map[string]io.Reader{"behind it": text(), "with it": iotest.DataErrReader(text())} {
			if _, err := read(t, test.format, r, input.Options{}); !errors.Is(err, broken) {
				t.Errorf("%s %s %q: error %v, want %v", test.format, name, test.head, err, broken)
			}
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

// Positions tell where a row stood, so that what is wrong with it can be found.
func TestPositions(t *testing.T) {
	for _, test := range []struct {
		format, in string
		want       []string
	}{
		{"json", `[{"a":1},{"a":2}]`, []string{"item 1", "item 2"}},
		{"jsonl", "{}\n\n{}", []string{"item 1", "item 2"}},
		{"csv", "a\r\n1\r\n\r\n\"2\r\n\"\r\n3", []string{"line 2", "line 4", "line 6"}},
		{"txt", "# list\nhttps://a.test/\n\nhttps://b.test/", []string{"line 2", "line 4"}},
		{"xml", "<urlset><url><loc>a</loc></url><url><loc>b</loc></url></urlset>", []string{"url 1", "url 2"}},
	} {
		f, err := input.Lookup(input.Requests(), test.format)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for row, err := range f.Read(strings.NewReader(test.in), input.Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, row.Position)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.format, got, test.want)
		}
	}
}

// What is compressed and cut off or damaged says so, and is no end of the input.
func TestOpenDamaged(t *testing.T) {
	var zipped bytes.Buffer
	gz := gzip.NewWriter(&zipped)
	if _, err := io.WriteString(gz, strings.Repeat("{\"a\":1}\n", 1000)); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	whole := zipped.Bytes()
	wrongSum := bytes.Clone(whole)
	wrongSum[len(wrongSum)-8] ^= 1
	for _, test := range []struct {
		name    string
		content []byte
		err     string
	}{
		{"cut", whole[:len(whole)-12], "the gzip data is cut off"},
		{"wrong sum", wrongSum, "the gzip data is damaged"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.jsonl.gz")
			if err := os.WriteFile(path, test.content, 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := input.Open(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = file.Close() }()
			if _, err := io.Copy(io.Discard, file); err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %s", err, test.err)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("json", `[{"a":[1,{"b":"\ud800"}]},{}]`)
	f.Add("jsonl", "{\"a\":1}\n{}")
	f.Add("csv", "a,b\n1,\"x\ny\"\n")
	f.Add("tsv", "a\tb\n-1e5\ttrue\n")
	f.Add("csv", "sep=;\r\na;b\r1;\"x\r\ny\"\"\"\r")
	f.Add("txt", "\xff\xfeh\x00:\x00\n\x00")
	f.Add("xml", "<urlset><url><loc> https://e.com/?a=1&amp;b </loc></url></urlset>")
	f.Fuzz(func(t *testing.T, format, text string) {
		if !slices.Contains(input.Names(input.Requests()), format) {
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
