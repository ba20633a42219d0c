package input_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apifyctl/apifyctl/internal/input"
)

// The ending of a file tells its format; where it tells nothing, how it begins.
func TestFormatOfAFile(t *testing.T) {
	tests := []struct {
		name, text    string
		item, request string // formats; "" is an error
	}{
		{"a.json", "", "json", "json"},
		{"a.ndjson", "", "jsonl", "jsonl"},
		{"dir.x/A.CSV", "", "csv", "csv"},
		{"a.tsv", "", "tsv", "tsv"},
		{"a.txt", "https://a.test/\n", "", "txt"},
		{"a.xml", "<urlset/>", "", "xml"},
		{"json", " \n[{}]", "json", "json"},
		{"jsonl", "\ufeff{\"a\":1}\n", "json", "json"},
		{"utf16", utf16le("[{}]", false), "json", "json"},
		{"empty", "", "json", "json"},
		{"table", "url,name\nhttps://a.test/,\"x,\ny\"\n", "csv", "csv"},
		{"tabs", "url\tname\nhttps://a.test/\tx\n", "tsv", "tsv"},
		{"semicolons", "url;name\nhttps://a.test/;x\n", "csv", "csv"},
		{"separator", "sep=|\nurl|name\nhttps://a.test/|x\n", "csv", "csv"},
		{"column", "url\nhttps://a.test/\n", "", "csv"},
		{"rows that differ", "a,b\nc\n", "", ""},
		{"table without a url", "a,b\n1,2\n", "csv", ""},
		{"comments", "# nothing yet\n", "", "txt"},
		{"list", "# mine\nhttps://a.test/?a=1,2\nhttps://b.test/?a=1,2\n", "", "txt"},
		{"list behind an empty line", "# mine\n\nhttps://a.test/?a=1,2\nhttps://b.test/?a=1,2\n", "", "txt"},
		{"sitemap", "<?xml version='1.0'?>", "", "xml"},
		{"prose", "Hello, world", "", ""},
		{"long table", "url,n\n" + strings.Repeat("https://a.test/,1\n", 10_000), "csv", "csv"},
	}
	dir := t.TempDir()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(dir, test.name)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, kind := range []struct {
				formats []input.Format
				want    string
			}{{input.Items(), test.item}, {input.Requests(), test.request}} {
				opener := input.Opener{Formats: kind.formats}
				source, err := opener.Source(path)
				if source.Format.Name != kind.want || errors.Is(err, input.ErrFormat) != (kind.want == "") {
					t.Errorf("of %v it is %q, %v; want %q", input.Names(kind.formats), source.Format.Name, err, kind.want)
				}
			}
		})
	}
}

// Stdin is read in the same way, and nothing that told its format is lost.
func TestStdin(t *testing.T) {
	for text, want := range map[string]string{
		"[{\"a\":1}]":                     `{"a":1}`,
		"url;b\nhttps://a.test/;2\n":      `{"url":"https://a.test/","b":2}`,
		utf16le("{\"a\":\"é\"}", true):    `{"a":"é"}`,
		"https://a.test/\n":               `{"url":"https://a.test/"}`,
		"<urlset><url><loc>u</loc></url>": `{"url":"u"}`,
	} {
		opener := input.Opener{Formats: input.Requests(), Stdin: iotest.OneByteReader(strings.NewReader(text))}
		source, err := opener.Source(input.Stdin)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for row, err := range source.Rows(nil) {
			if err != nil || string(row.JSON) != want {
				t.Errorf("%q as %s: %s, %v; want %s", text, source.Format.Name, row.JSON, err, want)
			}
			break
		}
	}
}

func TestText(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct{ text, want, err string }{
		"utf8":   {text: "\ufeff{}", want: "{}"},
		"utf16":  {text: utf16le("{\"a\":\"é\"}", true), want: "{\"a\":\"é\"}"},
		"latin1": {text: "{\n\"\xe9\"}", err: "line 2: not valid UTF-8 at byte 4"},
		"large":  {text: strings.Repeat(" ", input.MaxItem+1), err: "the text has more than 32 MB"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := input.Text(path)
		if string(got) != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %.40q, %v; want %q, %s", name, got, err, test.want, test.err)
		}
	}
}
