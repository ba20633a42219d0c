package export

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/sink"
)

func wideItem(columns int) string {
	var item strings.Builder
	item.WriteString(`{"id":1,"specs":{`)
	for i := range columns - 1 {
		if i > 0 {
			item.WriteByte(',')
		}
		fmt.Fprintf(&item, `"k%04d":%d`, i, i)
	}
	item.WriteString("}}")
	return item.String()
}

func TestColumnLimits(t *testing.T) {
	if _, err := export(t, pagesOf("["+wideItem(2000)+"]"), "csv", Options{}); err != nil {
		t.Errorf("2000 columns: %v", err)
	}
	for name, item := range map[string]string{
		`"specs" (2000), "id" (1); choose`:            wideItem(2001),
		`kkk…" is longer than 200 characters; choose`: `{"a":{"` + strings.Repeat("k", 250) + `":1}}`,
		`"a/a/a`: strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
		`is longer than 200 characters; choose column`: strings.Repeat(`{"":`, 300) + "1" + strings.Repeat("}", 300),
	} {
		_, err := export(t, pagesOf("["+item+"]"), "csv", Options{})
		limit, ok := errors.AsType[*flatten.ColumnLimitError](err)
		if !ok || !strings.Contains(err.Error(), name) || len(limit.Columns) == 0 || len(err.Error()) > 500 {
			t.Errorf("got %v, want %s", err, name)
		}
		if _, err := export(t, pagesOf("["+item+"]"), "csv", Options{Fields: []string{"id"}}); err != nil {
			t.Errorf("with other fields: %v", err)
		}
		if _, err := export(t, pagesOf("["+item+"]"), "jsonl", Options{}); err != nil {
			t.Errorf("jsonl: %v", err)
		}
	}
	for _, item := range []string{ // what holds no scalar counts for nothing, however deep or wide
		strings.Repeat(`{"a":[`, 500_000) + strings.Repeat("]}", 500_000),
		`{"` + strings.Repeat("k", 250) + `":[]}`,
	} {
		if got, err := export(t, pagesOf("["+item+"]"), "csv", Options{}); err != nil || got != "" {
			t.Errorf("empty: %q, %v", got, err)
		}
	}
	two100 := strings.Repeat("é", 200) // characters, not bytes
	if _, err := export(t, pagesOf(`[{"`+two100+`":1}]`), "csv", Options{}); err != nil {
		t.Error(err)
	}
	var fields []string
	for i := range 2001 {
		fields = append(fields, fmt.Sprint("f", i))
	}
	if _, err := export(t, pagesOf(), "csv", Options{Fields: fields}); err == nil {
		t.Error("2001 fields were taken")
	}
}

// Truncated, the columns are the first 2000, wherever pages begin.
func TestTruncate(t *testing.T) {
	long := strings.Repeat("k", 250)
	items := [][]byte{
		[]byte(`{"z":1,"` + long + `a":2,"` + long + `b":3}`), []byte(wideItem(1500)), []byte(`{"y":1,"deep":` + strings.Repeat(`{"a":`, 900) + "1" + strings.Repeat("}", 901)),
		[]byte(`{"x":1,"more":` + wideItem(1500) + `}`), []byte(`{"late":1,"y":2}`),
	}
	var want string
	for _, size := range []int{5, 1, 2} {
		var out strings.Builder
		o := Options{Truncate: true, SpoolDir: t.TempDir(), BOM: new(bool)}
		summary, err := Run(t.Context(), PagesOf(inPages(items, size)), mustFormat(t, "csv"), o, sink.Stream(&out))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = out.String()
		}
		if out.String() != want {
			t.Errorf("pages of %d items give another result", size)
		}
		rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
		if err != nil || len(rows) != 6 || len(rows[0]) != flatten.MaxColumns {
			t.Fatalf("%d rows, %d columns, %v", len(rows), len(rows[0]), err)
		}
		for name, cells := range map[string][]string{
			long[:200]:        {"2", "", "", "", ""},
			long[:198] + "~2": {"3", "", "", "", ""},
			"y":               {"", "", "1", "", "2"},
			"x":               {"", "", "", "1", ""},
		} {
			at := slices.Index(rows[0], name)
			for i, cell := range cells {
				if at < 0 || rows[i+1][at] != cell {
					t.Errorf("column %.20s of item %d at %d", name, i+1, at)
				}
			}
		}
		if slices.Contains(rows[0], "late") || len(summary.Warnings) != 2 || !strings.Contains(summary.Warnings[1], "left out are") {
			t.Errorf("warnings %q", summary.Warnings)
		}
	}
}

func TestLongCell(t *testing.T) {
	text := strings.Repeat("word, ", 40_000/6) + "end"
	got, err := export(t, pagesOf(`[{"a":"`+text+`"}]`), "csv", Options{BOM: new(bool)})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil || rows[1][0] != text {
		t.Errorf("the cell has %d bytes, %v", len(rows[1][0]), err)
	}
}

// bigPages are items of which the last has another value for a field.
func bigPages(megabytes int, last string) func(func([]byte, error) bool) {
	return func(yield func([]byte, error) bool) {
		page := "[" + strings.Repeat(`{"id":1,"text":"`+strings.Repeat("x", 1000)+`"},`, 999) + `{"id":2}]`
		for range megabytes {
			if !yield([]byte(page), nil) {
				return
			}
		}
		yield([]byte(`[{"id":3},`+last+`]`), nil)
	}
}

func TestNestedField(t *testing.T) {
	fields := []string{"text", "id"}
	nested := `{"id":{"a":1,"b":[2]}}`
	got, err := export(t, bigPages(2, nested), "csv", Options{Fields: fields})
	if err != nil || !strings.HasPrefix(got, "\ufefftext,id,id/a,id/b/0\n") || !strings.HasSuffix(got, "\n,,1,2\n") {
		t.Errorf("within the buffer: %v, %q", err, got[:min(len(got), 40)])
	}
	small := append(slices.Repeat([]string{`[{"id":1}]`}, 20), "["+nested+"]")
	got, err = export(t, pagesOf(small...), "csv", Options{Fields: fields})
	if err != nil || got != "\ufefftext,id,id/a,id/b/0\n"+strings.Repeat(",1,,\n", 20)+",,1,2\n" {
		t.Errorf("many small pages: %v, %q", err, got)
	}
	_, err = export(t, bigPages(20, nested), "csv", Options{Fields: fields})
	failure, _ := errors.AsType[*flatten.NestedFieldError](err)
	if item, ok := errors.AsType[*ItemError](err); !ok || failure == nil || !errors.Is(err, flatten.ErrNestedField) || failure.Field != "id" || item.Item != 20_002 {
		t.Errorf("behind the buffer: %v", err)
	}
	for megabytes := 7; megabytes < 16; megabytes++ { // around the buffer: all of it, or the error
		got, err = export(t, bigPages(megabytes, nested), "csv", Options{Fields: fields})
		if err == nil && strings.Count(got, "\n") != 1000*megabytes+3 || err != nil && !errors.Is(err, flatten.ErrNestedField) {
			t.Errorf("%d pages: %v, %d lines", megabytes, err, strings.Count(got, "\n"))
		}
	}
	got, err = export(t, bigPages(10, nested), "csv", Options{Fields: fields, TwoPass: true})
	if err != nil || !strings.HasPrefix(got, "\ufefftext,id,id/a,id/b/0\n") || strings.Count(got, "\n") != 10_003 {
		t.Errorf("two passes: %v, %q", err, got[:min(len(got), 40)])
	}
	// What only looks nested is fine, and an exact path is one column.
	for last, want := range map[string]string{
		`{"id":{"a":{}}}`:        "\n,3\n,\n",
		`{"id":{"a":1},"id":7}`:  "\n,3\n,7\n",
		`{"other":{"id":[1,2]}}`: "\n,3\n,\n",
	} {
		got, err = export(t, bigPages(10, last), "csv", Options{Fields: fields})
		if err != nil || !strings.HasSuffix(got, want) {
			t.Errorf("%s: %v, %q", last, err, got[max(0, len(got)-20):])
		}
	}
	got, err = export(t, bigPages(10, nested), "csv", Options{Fields: []string{"id/b/0", "text"}})
	if err != nil || !strings.HasPrefix(got, "\ufeffid/b/0,text\n") || !strings.HasSuffix(got, "\n2,\n") {
		t.Errorf("exact path: %v, %q", err, got[:min(len(got), 40)])
	}
}

// The result is the same whether the spool is in memory or in a file.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	for _, count := range []int{1, 2, 3, 10} {
		s := spool{dir: dir}
		var want []string
		for i := range count {
			page := strings.Repeat(fmt.Sprint(i), 2<<20)
			want = append(want, page)
			if _, err := s.add(spooled{[]byte(page), len(want), 10 * len(want)}); err != nil {
				t.Fatal(err)
			}
		}
		if inFile := s.file != nil; inFile != (count > spoolMemory/(2<<20)) {
			t.Errorf("%d pages: in a file: %v", count, inFile)
		}
		if !s.named && left(t, dir) != "" {
			t.Errorf("left while open: %s", left(t, dir))
		}
		got, err := replayed(&s)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d pages came back as %d", len(want), len(got))
		}
		if err := s.close(); err != nil || left(t, dir) != "" {
			t.Errorf("after close: %v, left %s", err, left(t, dir))
		}
	}
}

func replayed(s *spool) ([]string, error) {
	if err := s.rewind(); err != nil {
		return nil, err
	}
	var pages []string
	for p := (&piece{}); ; {
		more, err := s.next(p)
		if err != nil || !more {
			return pages, err
		}
		pages = append(pages, string(p.page))
		if p.counted != len(pages) || p.columns != 10*len(pages) {
			return pages, fmt.Errorf("page %d comes back with %d items and columns %d", len(pages), p.counted, p.columns)
		}
	}
}

func TestSpoolCutShort(t *testing.T) {
	s := spool{dir: t.TempDir()}
	defer s.close() //nolint:errcheck // only for cleaning up
	for range 5 {
		if _, err := s.add(spooled{make([]byte, 2<<20), 1, 0}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.buffer.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{8 << 20, 2<<20 + 8} {
		if err := s.file.Truncate(size); err != nil {
			t.Fatal(err)
		}
		if _, err := replayed(&s); err == nil {
			t.Errorf("a spool cut to %d bytes was replayed", size)
		}
	}
}

func TestSpoolFolderMissing(t *testing.T) {
	f := mustFormat(t, "csv")
	_, err := Run(t.Context(), PagesOf(bigPages(10, "{}")), f, Options{SpoolDir: t.TempDir() + "/missing"}, sink.Stream(&strings.Builder{}))
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "spool") {
		t.Errorf("got %v", err)
	}
}

// Two values for one column are an error that names it, or with Truncate a
// warning; in items that have one of them each, nothing is lost.
func TestCollisions(t *testing.T) {
	for _, test := range []struct {
		name   string
		items  []string
		column string // of the error; "" is none
		want   string // the rows
		cut    string // the rows with Truncate
		lost   int    // values, with Truncate
	}{
		{"in one item", []string{`{"a":{"b":1},"a/b":2}`}, "a/b", "", "a/b\n1\n", 1},
		{"the other way round", []string{`{"a/b":2,"a":{"b":1}}`}, "a/b", "", "a/b\n2\n", 1},
		{"in different items", []string{`{"a":{"b":1}}`, `{"a/b":2}`, `{"a":{"b":3}}`, `{"a/b":4}`}, "", "a/b\n1\n2\n3\n4\n", "a/b\n1\n2\n3\n4\n", 0},
		{"after different items", []string{`{"a":{"b":1}}`, `{"a/b":2}`, `{"a":{"b":3}}`, `{"a":{"b":4},"a/b":5}`}, "a/b", "", "a/b\n1\n2\n3\n4\n", 1},
		{"an element", []string{`{"a":[1,2],"a/1":3}`}, "a/1", "", "a/0,a/1\n1,2\n", 1},
		{"three of them", []string{`{"a":{"b":{"c":1}},"a/b":{"c":2},"a/b/c":3}`}, "a/b/c", "", "a/b/c\n1\n", 2},
		{"not where one is an object", []string{`{"a":{"b":1}}`, `{"a/b":1}`, `{"a":{"b":2},"a/b":{"c":3}}`}, "", "a/b,a/b/c\n1,\n1,\n2,3\n", "a/b,a/b/c\n1,\n1,\n2,3\n", 0},
		{"not where a member replaces it", []string{`{"a":{"b":1},"a/b":2,"a":3}`}, "", "a,a/b\n3,2\n", "a,a/b\n3,2\n", 0},
		{"null is a value", []string{`{"a":{"b":null},"a/b":2}`}, "a/b", "", "a/b\n\"\"\n", 1},
		{"many items", slices.Repeat([]string{`{"x":1,"a":{"b":1}}`, `{"a/b":1,"x":1}`}, 40), "", "a/b,x\n" + strings.Repeat("1,1\n", 80), "a/b,x\n" + strings.Repeat("1,1\n", 80), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var items [][]byte
			for _, item := range test.items {
				items = append(items, []byte(item))
			}
			for _, size := range []int{1, 2, 3, len(items)} {
				for _, fields := range [][]string{nil, {"a/b", "a", "x"}} {
					got, err := export(t, inPages(items, size), "csv", Options{BOM: new(bool), Fields: fields})
					collision, collided := errors.AsType[*flatten.CollisionError](err)
					if collided != (test.column != "") || collided && collision.Column != test.column || !collided && err != nil {
						t.Errorf("pages of %d, fields %q: error %v, want one of column %q", size, fields, err, test.column)
					}
					if fields == nil && err == nil && got != test.want {
						t.Errorf("pages of %d: %q, want %q", size, got, test.want)
					}
				}
				var out strings.Builder
				summary, err := Run(t.Context(), PagesOf(inPages(items, size)), mustFormat(t, "csv"), Options{BOM: new(bool), Truncate: true}, sink.Stream(&out))
				if err != nil || out.String() != test.cut {
					t.Errorf("pages of %d, cut: %v, %q, want %q", size, err, out.String(), test.cut)
				}
				warning := ""
				if test.lost > 0 {
					warning = fmt.Sprintf("the second of two values for one column was left out, %d in all: %q", test.lost, test.column)
				}
				if got := strings.Join(summary.Warnings, "; "); got != warning {
					t.Errorf("pages of %d: warnings %q, want %q", size, got, warning)
				}
			}
		})
	}
}
