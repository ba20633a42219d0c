package export

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apifyctl/apifyctl/internal/sink"
)

var update = flag.Bool("update", false, "write the golden files anew")

// ugly is a corpus of what scrapers come home with, one item a string.
var ugly = []string{
	`{"id":"a1","title":"Plain","price":1.0,"big":12345678901234567890,"exp":1e5,"neg":-0.0,"ok":true,"no":false,"none":null}`,
	`{"id":2,"Title":"other case","nested":{"deep":{"er":{"x":1}},"list":[{"name":"n0","rate":4.50},{"name":"n1"}]},"empty":{},"list":[]}`,
	`{"id":"q","quote":"say \"hi\"","comma":"a,b","line":"one\ntwo\r\nthree","tab":"a\tb","space":" padded ","formula":"=SUM(A1:A2)","at":"@x","html":"<b>&amp;</b>]]>"}`,
	`{"id":"u","emoji":"👩‍👩‍👧 😀","escaped":"\ud83d\ude00\u00e9","lone":"\ud800 x \udc00","rtl":"שלום عالم","control":"\u0000\u001b[31mred\u0007\u007f","slash":"a\/b","cjk":"日本語"}`,
	`{"":"empty key","a/b":"slash key","a.b":"dot","with space":"s","quo\"te":"q","#hidden":"h","@attr":"t","id":"keys","true":"yes","1":"one","10":"ten","9":"nine"}`,
	`{"id":"dup","x":1,"x":{"y":2},"x":3,"w":{"a":1},"w":{"b":2}}`,
	`{"id":"arr","m":[[1,2],[],[{"z":null}]],"date":"2024-01-01T00:00:00.000Z","list":["x","y",null,"z"],"a":{"c":"under a"}}`,
	"{ \"id\" : \"ws\" ,\n\t\"list\" : [ 1 ,\r\n 2 ] , \"o\" : { } , \"quo\\u0022te\" : \"same key\" }",
	`{}`,
	`{"id":"yamlish","b1":"yes","b2":"No","n1":"123","n2":"1e3","n3":"0x1F","nul":"null","t":"~","d":"- dash","c":"key: value","h":"a #b","colon":"x:","multi":"l1\n l2\n","lead":" x","nan":".nan","brace":"{a}"}`,
	`{"id":"huge","digits":123456789012345678901234567890.1234567890,"longKey` + strings.Repeat("k", 150) + `":1}`,
	`{"id":"empties","e1":{"x":{}},"e2":[[],{}],"e3":""}`,
	`{"id":"11","list":[0,1,2,3,4,5,6,7,8,9,10,11]}`,
	`{"id":"xml","@":{"lang":"en","a\"b":"<&\"\t>"},"text":{"@":{"n":1,"xmlns":"urn:x"},"#":"both & more"},"#":"beside children","only":{"#":true},"m":[[1],[]],"xmlns":"u","my key":1,"_x0020_":2,"a:b":3}`,
	`{"id":"feed","title":"T & <b>","url":"https://example.com/?a=1&b=2","link":"/relative","published":"2024-02-30","createdAt":"2024-05-01T10:00:00.123Z","guid":null,"day":"2024-02-29","zone":"2024-05-01T10:00:00+02:00","micro":"2024-05-01T10:00:00.123456Z","old":"1899-12-31"}`,
	`{"id":"cells","i15":123456789012345,"i16":1234567890123456,"f17":0.30000000000000004,"big":1e400,"tiny":1e-400,"x":"_x0041_ _x","plus":"+1 2","minus":"-5","js":"javascript:alert(1)","HTTP":"HTTP://EXAMPLE.com/\u00e9","bad":"https://e.com/\"onclick=x","nonchar":"\uffff\ufffe"}`,
}

func corpus() [][]byte {
	items := make([][]byte, len(ugly))
	for i, item := range ugly {
		items[i] = []byte(item)
	}
	return items
}

// inPages makes pages of size items each. Each page is a fresh copy: encoders
// may overwrite them.
func inPages(items [][]byte, size int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for part := range slices.Chunk(items, size) {
			page := append([]byte{'['}, bytes.Join(part, []byte{','})...)
			if !yield(append(page, ']'), nil) {
				return
			}
		}
	}
}

func mustFormat(t testing.TB, name string) Format {
	t.Helper()
	f, ok := Lookup(name)
	if !ok {
		t.Fatalf("no format %q", name)
	}
	return f
}

func export(t testing.TB, pages iter.Seq2[[]byte, error], name string, o Options) (string, error) {
	t.Helper()
	return exportPages(t, PagesOf(pages), name, o)
}

func exportPages(t testing.TB, pages Pages, name string, o Options) (string, error) {
	t.Helper()
	var out bytes.Buffer
	o.SpoolDir = t.TempDir()
	summary, err := Run(t.Context(), pages, mustFormat(t, name), o, sink.Stream(&out))
	if err == nil && summary.Bytes != int64(out.Len()) {
		t.Errorf("summary says %d bytes, %d were written", summary.Bytes, out.Len())
	}
	return out.String(), err
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func TestGolden(t *testing.T) {
	for _, tc := range []struct {
		file, format string
		options      Options
	}{
		{"ugly.json", "json", Options{}},
		{"ugly.terminal.json", "json", Options{Terminal: true}},
		{"ugly.jsonl", "jsonl", Options{}},
		{"ugly.csv", "csv", Options{}},
		{"ugly.terminal.csv", "csv", Options{Terminal: true}},
		{"ugly.nulls.csv", "csv", Options{Nulls: "NULL", BOM: new(bool), NoHeader: true, Delimiter: ';'}},
		{"ugly.fields.csv", "csv", Options{Fields: []string{"list", "id", "missing", "nested/list/0/name", "nested", "a"}}},
		{"ugly.tsv", "tsv", Options{}},
		{"ugly.safe.csv", "csv", Options{SafeCells: true}},
		{"ugly.parquet", "parquet", Options{Parquet: Parquet{Compression: "none", Version: "1.0.0", Dataset: "abc"}}},
		{"ugly.xml", "xml", Options{}},
		{"ugly.names.xml", "xml", Options{XMLRoot: "products", XMLRow: "product"}},
		{"ugly.rss", "rss", Options{FeedTitle: "Shoes & more", FeedDescription: "All <shoes>", FeedLink: "https://example.com/shoes"}},
		{"ugly.html", "html", Options{}},
		{"ugly.fields.html", "html", Options{Fields: []string{"url", "id", "html"}, Nulls: "–"}},
		{"ugly.yaml", "yaml", Options{}},
		{"ugly.table", "table", Options{}},
		{"ugly.narrow.table", "table", Options{Width: 80, Nulls: "-"}},
		{"ugly.fields.table", "table", Options{Width: 40, Color: true, Fields: []string{"id", "nested", "nested/list/1/name"}}},
	} {
		t.Run(tc.file, func(t *testing.T) {
			got, err := export(t, inPages(corpus(), 1000), tc.format, tc.options)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, tc.file, got)
			for _, size := range []int{1, 7} {
				again, err := export(t, inPages(corpus(), size), tc.format, tc.options)
				if err != nil {
					t.Fatal(err)
				}
				if again != got {
					t.Errorf("pages of %d items give another result:\n%s", size, cmp.Diff(got, again))
				}
			}
		})
	}
}

// Raw means byte for byte.
func TestJSONPassesBytesThrough(t *testing.T) {
	items := slices.DeleteFunc(corpus(), func(item []byte) bool { return bytes.ContainsAny(item, "\r\n") })
	want := string(bytes.Join(items, []byte("\n"))) + "\n"
	got, err := export(t, inPages(items, 3), "jsonl", Options{})
	if err != nil || got != want {
		t.Errorf("jsonl: %v\n%s", err, cmp.Diff(want, got))
	}
	want = "[\n" + string(bytes.Join(items, []byte(",\n"))) + "\n]\n"
	got, err = export(t, inPages(items, 3), "json", Options{})
	if err != nil || got != want {
		t.Errorf("json: %v\n%s", err, cmp.Diff(want, got))
	}
}

// Line ends inside an item would end its line.
func TestJSONLKeepsItemsOnTheirLines(t *testing.T) {
	for name, ends := range map[string]string{"LF": "\n", "CR": "\r", "CR LF": "\r\n", "blank lines": "\n\n\n", "CRs": "\r\r", "CR LFs": "\r\n\r\n"} {
		blanks := strings.Repeat(" ", len(ends))
		got, err := export(t, pagesOf(ends+"["+ends+`{"a":`+ends+`1}`+ends+`,`+ends+`{`+ends+`}`+ends+"]"+ends), "jsonl", Options{})
		if want := `{"a":` + blanks + "1}\n{" + blanks + "}\n"; err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestWithoutContent(t *testing.T) {
	for _, tc := range []struct {
		name, format string
		pages        []string
		options      Options
		want         string
	}{
		{"no page", "json", nil, Options{}, "[]\n"},
		{"empty page", "json", []string{"[]", " [ ] "}, Options{}, "[]\n"},
		{"no page", "jsonl", nil, Options{}, ""},
		{"empty page", "jsonl", []string{"[]", " [ ] "}, Options{}, ""},
		{"empty items", "jsonl", []string{"[{}, {}]"}, Options{}, "{}\n{}\n"},
		{"no page", "yaml", nil, Options{}, "[]\n"},
		{"empty items", "yaml", []string{"[{}]"}, Options{}, "- {}\n"},
		{"no page", "csv", nil, Options{}, ""},
		{"empty page", "csv", []string{"[]"}, Options{}, ""},
		{"empty items", "csv", []string{"[{},{}]", `[{"a":{},"b":[[]]}]`}, Options{}, ""},
		{"no page, fields", "csv", nil, Options{Fields: []string{"a", "b", "a"}}, "\ufeffa,b\n"},
		{"empty items, field", "csv", []string{"[{},{}]"}, Options{Fields: []string{"a"}}, "\ufeffa\n\"\"\n\"\"\n"},
		{"one empty cell", "tsv", []string{`[{"a":""},{"a":null},{}]`}, Options{}, "\ufeffa\n\"\"\n\"\"\n\"\"\n"},
		{"empty name", "csv", []string{`[{"":1}]`}, Options{BOM: new(bool)}, "\"\"\n1\n"},
		{"no page", "table", nil, Options{}, ""},
		{"empty items", "table", []string{"[{}]"}, Options{}, ""},
		{"no page", "id", nil, Options{}, ""},
		{"one object", "json", []string{`[{"a": 1}]`}, Options{OneItem: true}, "{\"a\": 1}\n"},
		{"one object", "yaml", []string{`[{"a": {"b":[1,"2"]}}]`}, Options{OneItem: true}, "a:\n  b:\n    - 1\n    - \"2\"\n"},
		{"ids", "id", []string{`[{"id":"a b"},{"key":"k"},{"id":null,"key":"l"},{"id":5}]`}, Options{}, "a b\nk\nl\n5\n"},
		{"numbers", "id", []string{`[{"id":0},{"id":9.5},{"id":-1}]`}, Options{}, "0\n9.5\n-1\n"},
		{"keys for what is no id", "id", []string{`[{"id":"","key":"k"},{"id":true,"key":"l"},{"id":[1],"key":"m"},{"id":{},"key":0}]`}, Options{}, "k\nl\nm\n0\n"},
		{"asked for mark", "jsonl", []string{`[1]`}, Options{BOM: new(true)}, "\ufeff1\n"},
	} {
		t.Run(tc.format+" "+tc.name, func(t *testing.T) {
			got, err := export(t, pagesOf(tc.pages...), tc.format, tc.options)
			if err != nil || got != tc.want {
				t.Errorf("got %q, %v; want %q", got, err, tc.want)
			}
		})
	}
}

func pagesOf(pages ...string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, page := range pages {
			if !yield([]byte(page), nil) {
				return
			}
		}
	}
}

func TestBadInput(t *testing.T) {
	for _, tc := range []struct {
		format  string
		page    string
		options Options
		want    string
	}{
		{"id", `[{"id":1},{"x":1}]`, Options{}, "item 2: has neither an id nor a key"},
		{"id", `[{"id":"a\nb"}]`, Options{}, "line end"},
		{"csv", `[{"a":1},5]`, Options{}, "item 2: is not an object"},
		{"table", `["x"]`, Options{}, "item 1: is not an object"},
		{"json", `[{"a":1},{}]`, Options{OneItem: true}, "not exactly one item"},
		{"yaml", `[]`, Options{OneItem: true}, "not exactly one item"},
		{"csv", `[]`, Options{Delimiter: '"'}, "cannot delimit"},
	} {
		if _, err := export(t, pagesOf(tc.page), tc.format, tc.options); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s of %s: %v, want %q", tc.format, tc.page, err, tc.want)
		}
	}
	// Whatever is cut off or no array is an error in every format.
	for _, f := range Formats() {
		whole := `[{"id":1,"a":{"b":["x"]}},{"id":2}]`
		for cut := range len(whole) {
			if _, err := export(t, pagesOf(whole[:cut]), f.Name, Options{}); err == nil {
				t.Errorf("%s takes %q", f.Name, whole[:cut])
			}
		}
		for _, page := range []string{`{}`, `[{}] x`, `[{},]`, `[{} {}]`} {
			if _, err := export(t, pagesOf(page), f.Name, Options{}); err == nil {
				t.Errorf("%s takes %q", f.Name, page)
			}
		}
	}
}

// An error names its item, counted over all pages.
func TestErrorsNameTheItem(t *testing.T) {
	for name, page := range map[string]string{"cut off": `[{"id":2},{"id":3`, "missing": `[{"id":2},]`} {
		for _, f := range Formats() {
			for _, o := range []Options{{}, {Fields: []string{"id"}, OnePass: true}} {
				_, err := export(t, pagesOf(`[{"id":1}]`, page, `[{"id":4}]`), f.Name, o)
				if item, ok := errors.AsType[*ItemError](err); !ok || item.Item != 3 {
					t.Errorf("%s, %+v, an item that is %s: error %v, want one of item 3", f.Name, o, name, err)
				}
			}
		}
	}
}

func TestCounts(t *testing.T) {
	for _, f := range Formats() {
		if f.Name == "id" {
			continue
		}
		var out bytes.Buffer
		summary, err := Run(t.Context(), PagesOf(inPages(corpus(), 4)), f, Options{SpoolDir: t.TempDir()}, sink.Stream(&out))
		if err != nil || summary.Items != int64(len(ugly)) {
			t.Errorf("%s: %+v, %v", f.Name, summary, err)
		}
	}
}

func TestForPath(t *testing.T) {
	for path, want := range map[string]string{
		"a.csv": "csv", "A.CSV.GZ": "csv", "x/y.jsonl.zst": "jsonl", "a.ndjson": "jsonl", "a.json": "json",
		"a.tsv": "tsv", "a.yml": "yaml", "a.yaml": "yaml", "a.txt": "", "csv": "", "a.gz": "", "": "", "a.id": "",
	} {
		f, ok := ForPath(path)
		if f.Name != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", path, f.Name, ok, want)
		}
	}
}

func TestFormatsAreComplete(t *testing.T) {
	for _, f := range Formats() {
		if f.Name == "" || f.MediaType == "" || f.Summary == "" || f.create == nil {
			t.Errorf("incomplete: %s", fmt.Sprint(f.Name, f.MediaType, f.Summary))
		}
		if got, ok := Lookup(f.Name); !ok || got.Name != f.Name {
			t.Errorf("%s is not found", f.Name)
		}
	}
	if _, ok := Lookup("nothing"); ok {
		t.Error("found a format that is not there")
	}
}
