package records

import (
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/api"
)

// What a terminal gets to see of a value.
func TestPrintSafely(t *testing.T) {
	long := strings.Repeat("a", sniffed-1)
	for name, test := range map[string]struct {
		contentType, value, want string
		refused                  bool
	}{
		"text":                                 {contentType: "text/plain", value: "hello", want: "hello\n"},
		"text that ends its line":              {contentType: "text/plain", value: "hello\n", want: "hello\n"},
		"nothing":                              {contentType: "text/plain"},
		"JSON is indented":                     {contentType: "application/json", value: `{"a":[1,2.0]}`, want: "{\n  \"a\": [\n    1,\n    2.0\n  ]\n}\n"},
		"JSON that is none":                    {contentType: "application/json", value: `{"a":`, want: "{\"a\":\n"},
		"text of an unknown type":              {contentType: "application/octet-stream", value: "hello", want: "hello\n"},
		"bytes":                                {contentType: "image/png", value: "\x89PNG\x00", refused: true},
		"a zero byte":                          {contentType: "application/octet-stream", value: "a\x00b", refused: true},
		"a character cut off by the sample":    {contentType: "application/octet-stream", value: long + "é" + long, want: long + "é" + long + "\n"},
		"a byte that is no text, at the start": {contentType: "application/octet-stream", value: "\xff" + long, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := printSafely(&out, strings.NewReader(test.value), api.RecordInfo{ContentType: test.contentType})
			if (err != nil) != test.refused || out.String() != test.want {
				t.Errorf("printed %q, %v; want %q, refused %v", out.String(), err, test.want, test.refused)
			}
		})
	}
}

func TestDestinationByName(t *testing.T) {
	for name, test := range map[string]struct {
		path           string
		packed, tabled bool
		other          bool
	}{
		"a ZIP":                            {path: "x.zip", packed: true},
		"a tar":                            {path: "x.tar", packed: true},
		"a tar with gzip":                  {path: "X.TAR.GZ", packed: true},
		"a tar with Zstandard":             {path: "x.tar.zst", packed: true},
		"a folder":                         {path: "x"},
		"a folder with a slash":            {path: "x/"},
		"a table":                          {path: "x.csv", tabled: true},
		"a table, compressed":              {path: "x.jsonl.gz", tabled: true},
		"another archive":                  {path: "x.RAR", other: true},
		"a compressed tar of a short name": {path: "x.tgz", other: true},
		"a folder called like one":         {path: "x.csv/"},
		"a folder with an archive's":       {path: "x.zip/y"},
	} {
		t.Run(name, func(t *testing.T) {
			if packed, other := packerFor(test.path) != nil, NamedOtherArchive(test.path) && !NamedTable(test.path); packed != test.packed || other != test.other || NamedTable(test.path) != test.tabled {
				t.Errorf("%s: an archive %v, another one %v, a table %v; want %v, %v, %v", test.path, packed, other, NamedTable(test.path), test.packed, test.other, test.tabled)
			}
		})
	}
}
