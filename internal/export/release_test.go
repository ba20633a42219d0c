package export

import (
	"bytes"
	"fmt"
	"iter"
	"sync/atomic"
	"testing"
)

// What was released is overwritten at once, as the next page will do it.
func TestReleasedPagesAreNotNeeded(t *testing.T) {
	var items [][]byte
	for len(items) < 30 {
		items = append(items, corpus()...)
	}
	large := func(yield func([]byte, error) bool) { // more than a spool holds in memory
		for i := range 22 {
			if !yield(productPage(500*i, 500), nil) {
				return
			}
		}
	}
	for name, pages := range map[string]iter.Seq2[[]byte, error]{"ugly": inPages(items, 3), "large": large} {
		for _, format := range Formats() {
			if name == "large" && format.Name != "jsonl" && format.Name != "csv" && format.Name != "html" {
				continue
			}
			for _, fields := range [][]string{nil, {"id", "url", "title"}} {
				t.Run(fmt.Sprint(name, " ", format.Name, " ", len(fields)), func(t *testing.T) {
					t.Parallel()
					o := Options{Fields: fields, TwoPass: name == "ugly", Truncate: true}
					want, wantErr := export(t, pages, format.Name, o)
					var released atomic.Int32
					drained := false
					lent := Pages{
						All: pages,
						Release: func(page []byte) {
							released.Add(1)
							copy(page, bytes.Repeat([]byte{'#'}, len(page)))
						},
						Drained: func() { drained = true },
					}
					got, err := exportPages(t, lent, format.Name, o)
					if got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
						t.Errorf("%d bytes (%v) with pages released, %d (%v) without", len(got), err, len(want), wantErr)
					}
					if name == "large" && err == nil && released.Load() == 0 {
						t.Error("no page was released")
					}
					// With known fields a large export's pages are written as they come.
					if want := format.Name == "parquet" || format.Columns && (fields == nil || name == "ugly"); err == nil && drained != want {
						t.Errorf("drained: %v, want %v", drained, want)
					}
				})
			}
		}
	}
}
