package input_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// hardText is text of what makes cells hard to read.
func hardText(r *rand.Rand) string {
	pieces := []string{
		"a", "1", " ", "\t", ",", ";", "|", "\"", "\"\"", "'", "\n", "\r", "\r\n", "\x00", "\ufeff", "sep=;", "é", "日本", "😀", "\u2028", "\u0085",
		"=1+1", "-", "\\", "\\n", "true", "null", "1.0", "007", "#", "\x7f", "\x1b[1m", "//",
	}
	var text strings.Builder
	for range r.IntN(6) {
		text.WriteString(pieces[r.IntN(len(pieces))])
	}
	return text.String()
}

// hardItems are items with strings only, under names that are as hard.
func hardItems(r *rand.Rand) []map[string]string {
	var names []string
	for i := range 1 + r.IntN(4) {
		names = append(names, strings.ReplaceAll(hardText(r), "/", "-")+fmt.Sprint(i))
	}
	items := make([]map[string]string, 1+r.IntN(6))
	for i := range items {
		items[i] = map[string]string{}
		for _, name := range names {
			if text := hardText(r); text != "" { // an empty cell stands for nothing
				items[i][name] = text
			}
		}
	}
	return items
}

// What is exported as CSV or TSV is read back as it was, byte for byte, whatever
// the text and the style.
func TestTablesAreReadBack(t *testing.T) {
	for round := range 4000 {
		r := rand.New(rand.NewPCG(1, uint64(round)))
		items := hardItems(r)
		format := []string{"csv", "tsv"}[r.IntN(2)]
		o := export.Options{QuoteAll: r.IntN(2) == 0, CRLF: r.IntN(2) == 0, BOM: new(r.IntN(2) == 0)}
		read := input.Options{Strings: true}
		if format == "csv" {
			o.Delimiter = []rune{0, ';', '|', '§', '日'}[r.IntN(5)]
			read.Delimiter = o.Delimiter
		}
		page, err := json.Marshal(items)
		if err != nil {
			t.Fatal(err)
		}
		written, _ := export.Lookup(format)
		var text bytes.Buffer
		pages := func(yield func([]byte, error) bool) { yield(page, nil) }
		if _, err := export.Run(context.Background(), export.PagesOf(pages), written, o, sink.Stream(&text)); err != nil {
			t.Fatal(err)
		}
		got, err := rowsOf(format, text.String(), read)
		if want := withoutEmpty(items); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("round %d, %s, %+v: %v\n got %q\nwant %q\nfile %q", round, format, o, err, got, want, text.String())
		}
	}
}

func rowsOf(format, text string, o input.Options) (rows []map[string]string, err error) {
	f, err := input.Lookup(input.Items(), format)
	if err != nil {
		return nil, err
	}
	for row, err := range f.Read(strings.NewReader(text), o) {
		var one map[string]string
		if err == nil {
			err = json.Unmarshal(row.JSON, &one)
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, one)
	}
	return rows, nil
}

// withoutEmpty are the items as they are where no item has a member: then there
// are no columns and no rows.
func withoutEmpty(items []map[string]string) []map[string]string {
	for _, item := range items {
		if len(item) > 0 {
			return items
		}
	}
	return nil
}
