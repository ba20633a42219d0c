package parquet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// written is the file of some pages.
func written(t testing.TB, o export.Options, pages ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	o.SpoolDir = t.TempDir()
	format, _ := export.Lookup("parquet")
	each := func(yield func([]byte, error) bool) {
		for _, page := range pages {
			if !yield(bytes.Clone(page), nil) {
				return
			}
		}
	}
	if _, err := export.Run(t.Context(), export.Pages{All: each}, format, o, sink.Stream(&out)); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// check reads a file with both readers and compares every value.
func check(t *testing.T, data []byte, pages ...[]byte) *schema.Type {
	t.Helper()
	items, arrow, err := readArrow(t.Context(), data)
	if err != nil {
		t.Fatalf("arrow-go: %v", err)
	}
	other, err := readParquetGo(data, items)
	if err != nil {
		t.Fatalf("parquet-go: %v", err)
	}
	row := 0
	for _, page := range pages {
		value, err := decode(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range value.([]any) {
			want := expected(items, item)
			for reader, rows := range map[string][]any{"arrow-go": arrow, "parquet-go": other} {
				if row >= len(rows) || !reflect.DeepEqual(rows[row], want) {
					t.Fatalf("%s, row %d of %d:\n got %v\nwant %v\nitem %v", reader, row, len(rows), rows[min(row, len(rows)-1)], want, canonical(item))
				}
			}
			row++
		}
	}
	if len(arrow) != row || len(other) != row {
		t.Fatalf("%d and %d rows of %d items", len(arrow), len(other), row)
	}
	return items
}

func TestGeneratedItems(t *testing.T) {
	for seed := range uint64(60) {
		g := newGenerator(seed)
		var pages [][]byte
		for range 1 + g.IntN(5) {
			pages = append(pages, g.page(g.IntN(200)))
		}
		o := export.Options{}
		o.Parquet.Compression = export.ParquetCompressions()[seed%3]
		o.Parquet.NoDates = seed%5 == 0
		data := written(t, o, pages...)
		items := check(t, data, pages...)
		if o.Parquet.NoDates || len(items.Fields) == 1 && items.Fields[0].Name == "_empty" {
			continue
		}
		o.Parquet.Schema = items
		if again := written(t, o, pages...); !bytes.Equal(again, data) {
			t.Errorf("seed %d: the file is another one in one pass", seed)
		}
	}
}

// Columns of many values: dictionaries that are given up at once, late, or never,
// and several pages.
func TestManyItems(t *testing.T) {
	var pages [][]byte
	for page := range 60 {
		var items []string
		for i := range 1000 {
			n := page*1000 + i
			items = append(items, fmt.Sprintf(`{"unique":"value number %d of all","few":"%d","late":"%s","number":%d,"double":%d.5,"list":[%d,%d],"sparse":%s,"text":"%s"}`,
				n, n%7, strings.Repeat("x", 50+n%10000), n*31, n%100, n, n%3, map[bool]string{true: "null", false: fmt.Sprint(n)}[n%1000 != 0], strings.Repeat("y", n%300)))
		}
		pages = append(pages, []byte("["+strings.Join(items, ",")+"]"))
	}
	check(t, written(t, export.Options{}, pages...), pages...)
}

// More items than a row group holds.
func TestSeveralRowGroups(t *testing.T) {
	if testing.Short() {
		t.Skip("a million items")
	}
	page := []byte("[" + strings.TrimSuffix(strings.Repeat(`{"a":1,"b":[{"c":"x"},{}]},{},`, 25_000), ",") + "]")
	var pages [][]byte
	for range 41 {
		pages = append(pages, page)
	}
	for name, o := range map[string]export.Options{"two passes": {}, "one pass": {Parquet: export.Parquet{Schema: &schema.Type{Kind: schema.Group, Fields: []schema.Field{{Key: "a", Name: "a", Type: &schema.Type{Kind: schema.Int}}}}}}} {
		t.Run(name, func(t *testing.T) {
			check(t, written(t, o, pages...), pages...)
		})
	}
}

func TestHostileItems(t *testing.T) {
	var wide []string
	for i := range 2000 {
		wide = append(wide, fmt.Sprintf(`"k%d":%d`, i, i))
	}
	for name, page := range map[string]string{
		"deep":          `[{"a":` + strings.Repeat(`{"a":[`, 500) + strings.Repeat(`]}`, 500) + `}]`,
		"deep groups":   `[{"a":` + strings.Repeat(`{"a":`, 60) + `1` + strings.Repeat(`}`, 60) + `}]`,
		"deep lists":    `[{"a":` + strings.Repeat(`[`, 61) + `1` + strings.Repeat(`]`, 61) + `}]`,
		"2,000 columns": `[{` + strings.Join(wide, ",") + `},{"k1999":null}]`,
		"long text":     `[{"a":"` + strings.Repeat("0123456789", 1<<20) + `"},{"a":"x"}]`,
		"empty items":   `[{},{},{}]`,
		"nulls":         `[{"a":null},{"b":[null]},{"c":{"d":null}}]`,
		"IDs as keys":   `[` + idItems(300) + `]`,
		"surrogates":    `[{"a":"\ud800","b\udc00":1}]`,
	} {
		t.Run(name, func(t *testing.T) {
			check(t, written(t, export.Options{}, []byte(page)), []byte(page))
		})
	}
}

func idItems(count int) string {
	var items []string
	for i := range count {
		items = append(items, fmt.Sprintf(`{"byID":{"%d":{"n":%d}}}`, i, i))
	}
	return strings.Join(items, ",")
}

// FuzzItems writes any items and reads them with other readers.
func FuzzItems(f *testing.F) {
	for seed := range uint64(10) {
		f.Add(string(newGenerator(seed).page(3)))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || !utf8.ValidString(text) { // what is no UTF-8 is refused
			return
		}
		value, err := decode([]byte(text))
		items, ok := value.([]any)
		if err != nil || !ok {
			return
		}
		for _, item := range items {
			if _, ok := item.(map[string]any); !ok {
				return
			}
		}
		check(t, written(t, export.Options{}, []byte(text)), []byte(text))
	})
}
