package export

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// growingItems makes items that have more and more columns, with what makes
// cells hard to find in their rows.
func growingItems(r *rand.Rand, count int) [][]byte {
	cells := []string{`1`, `""`, `null`, `"a,b;c\td"`, `"say \"hi\""`, `"\""`, `"\"\""`, `"two\nlines,\r\n"`, `true`, `" x "`, `"日本"`, `{}`, `[]`, `["\n",[2]]`}
	items := make([][]byte, count)
	for i := range items {
		var members []string
		for j := range 1 + i*12/count {
			if r.IntN(3) > 0 {
				members = append(members, fmt.Sprintf(`"%c%d":%s`, 'a'+r.IntN(3), j, cells[r.IntN(len(cells))]))
			}
		}
		items[i] = []byte("{" + strings.Join(members, ",") + "}")
	}
	return items
}

// Rows that were written before all columns were known become the same as if
// those had been known. With Truncate items are always walked twice.
func TestRowsGetLaterColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rounds := 10
	if os.Getenv("APIFYCTL_SLOW_TESTS") != "" {
		rounds = 40
	}
	for round := range rounds {
		items := growingItems(r, 1+r.IntN(80))
		for _, o := range []Options{{}, {Nulls: "NULL"}, {Nulls: ";"}, {Delimiter: ';', NoHeader: true}, {Delimiter: 'ß'}, {SafeCells: true}, {Delimiter: 'e'}, {CRLF: true}, {QuoteAll: true, CRLF: true}, {QuoteAll: true, Nulls: "-"}} {
			o.BOM = new(bool)
			twice := o
			twice.Truncate = true
			want, err := export(t, inPages(items, len(items)), "csv", twice)
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{1, 2, 7, 1000} {
				got, err := export(t, inPages(items, size), "csv", o)
				if err != nil || got != want {
					t.Fatalf("round %d, pages of %d, %+v: %v\n got %q\nwant %q", round, size, o, err, got, want)
				}
			}
		}
	}
}

// Rows of whole blocks, and of more than are looked through at once, get later
// columns, too.
func TestRowsOfWholeBlocks(t *testing.T) {
	const block = 64 / 8 // rows
	for _, rows := range []int{1, block - 1, block, block + 1, widenBlocks*block - 1, widenBlocks * block, widenBlocks*block + 1, (widenBlocks + 1) * block, 2*widenBlocks*block + 2*block} {
		page := "[" + strings.Repeat(`{"b":"1\"34"},`, rows-1) + `{"b":"1,\n34"}]` // 8 bytes a row
		for _, later := range []struct{ item, row, header, first, last string }{
			{`{"a":1}`, "1,\n", "a,b\n", ",", ""},
			{`{"c":1}`, ",1\n", "b,c\n", "", ","},
			{`{"a":1,"c":2}`, "1,,2\n", "a,b,c\n", ",", ","},
		} {
			got, err := export(t, pagesOf(page, "["+later.item+"]"), "csv", Options{BOM: new(bool)})
			want := later.header + strings.Repeat(later.first+`"1""34"`+later.last+"\n", rows-1) + later.first + "\"1,\n34\"" + later.last + "\n" + later.row
			if err != nil || got != want {
				t.Errorf("%d rows and then %s: %v, %d bytes, want %d", rows, later.item, err, len(got), len(want))
			}
		}
	}
}

// Columns come one after the other over more pages than a spool holds in
// memory.
func TestColumnsInEveryPage(t *testing.T) {
	const pages = 300
	filler := strings.Repeat("x", 64<<10)
	source := func(yield func([]byte, error) bool) {
		for i := range pages {
			if !yield(fmt.Appendf(nil, `[{"c%d":%d,"text":"%s"},{}]`, i, i, filler), nil) {
				return
			}
		}
	}
	got, err := export(t, source, "csv", Options{BOM: new(bool)})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	if len(lines) != 1+2*pages || strings.Count(lines[0], ",") != pages {
		t.Fatalf("%d lines, header %q", len(lines), lines[0])
	}
	for i, line := range lines[1:] {
		want := strings.Repeat(",", pages)
		if i%2 == 0 { // columns are sorted by their number as text
			name := fmt.Sprintf("c%d", i/2)
			before := 0
			for j := range pages {
				if fmt.Sprintf("c%d", j) < name {
					before++
				}
			}
			want = strings.Repeat(",", before) + fmt.Sprint(i/2) + strings.Repeat(",", pages-before) + filler
		}
		if line != want {
			t.Fatalf("row %d: %.80q, want %.80q", i, line, want)
		}
	}
}
