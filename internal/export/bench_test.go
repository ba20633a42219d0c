package export

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/sink"
)

// productPage makes count items of about 1 KB, as a scraper of a shop writes
// them. Every 50th item has a member that the others lack.
func productPage(first, count int) []byte {
	var page strings.Builder
	page.WriteByte('[')
	for i := first; i < first+count; i++ {
		if i > first {
			page.WriteByte(',')
		}
		fmt.Fprintf(&page, `{"url":"https://shop.example/products/%d","id":"%d","title":"Product number %d, the best","price":{"value":%d.90,"currency":"EUR"},`, i, i, i, i%1000)
		fmt.Fprintf(&page, `"inStock":%t,"rating":4.5,"description":"%s \"quoted\" text","images":["https://img.example/%d/a.jpg","https://img.example/%d/b.jpg"],`, i%3 == 0, strings.Repeat("some words that say little ", 12), i, i)
		page.WriteString(`"attributes":{"color":"grün","size":"XL","weight":12.5,"material":"wool","origin":null,"washable":true},"reviews":[`)
		for r := range 3 {
			if r > 0 {
				page.WriteByte(',')
			}
			fmt.Fprintf(&page, `{"author":"user%d","stars":%d,"text":"I like it, mostly"}`, r, r+2)
		}
		page.WriteByte(']')
		if i%50 == 0 {
			page.WriteString(`,"rare":"value"`)
		}
		page.WriteString(`,"crawledAt":"2024-05-01T10:00:00.000Z"}`)
	}
	page.WriteByte(']')
	return []byte(page.String())
}

func benchmark(b *testing.B, name string, o Options) {
	const pages = 16
	page := productPage(0, 1000)
	source := func(yield func([]byte, error) bool) {
		for range pages {
			if !yield(bytes.Clone(page), nil) {
				return
			}
		}
	}
	o.SpoolDir = b.TempDir()
	b.SetBytes(int64(pages * len(page)))
	b.ReportAllocs()
	for b.Loop() {
		summary, err := Run(b.Context(), PagesOf(source), mustFormat(b, name), o, sink.Stream(io.Discard))
		if err != nil || summary.Items != pages*1000 {
			b.Fatal(summary, err)
		}
	}
}

func BenchmarkJSONL(b *testing.B)   { benchmark(b, "jsonl", Options{}) }
func BenchmarkJSON(b *testing.B)    { benchmark(b, "json", Options{}) }
func BenchmarkYAML(b *testing.B)    { benchmark(b, "yaml", Options{}) }
func BenchmarkID(b *testing.B)      { benchmark(b, "id", Options{}) }
func BenchmarkCSV(b *testing.B)     { benchmark(b, "csv", Options{}) }
func BenchmarkXML(b *testing.B)     { benchmark(b, "xml", Options{}) }
func BenchmarkRSS(b *testing.B)     { benchmark(b, "rss", Options{}) }
func BenchmarkHTML(b *testing.B)    { benchmark(b, "html", Options{}) }
func BenchmarkXLSX(b *testing.B)    { benchmark(b, "xlsx", Options{}) }
func BenchmarkParquet(b *testing.B) { benchmark(b, "parquet", Options{}) }
func BenchmarkTable(b *testing.B)   { benchmark(b, "table", Options{Width: 120}) }
func BenchmarkCSVFields(b *testing.B) {
	benchmark(b, "csv", Options{Fields: []string{"url", "title", "inStock", "rating"}})
}

func BenchmarkCSVPaths(b *testing.B) {
	benchmark(b, "csv", Options{Fields: []string{
		"url", "id", "title", "price/value", "price/currency", "inStock", "rating", "description", "images/0", "images/1",
		"attributes/color", "attributes/size", "attributes/weight", "attributes/material", "attributes/origin", "attributes/washable",
		"reviews/0/author", "reviews/0/stars", "reviews/0/text", "reviews/1/author", "reviews/1/stars", "reviews/1/text", "crawledAt",
	}})
}

// TestMemoryStaysFlat exports much more than the bound on the heap.
func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("memory is measured without the race detector")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // as in a program that does nothing about it
	const bound = 64 << 20
	for _, tc := range []struct {
		format    string
		megabytes int
		options   Options
	}{
		{"csv", 150, Options{}},
		{"csv", 70, Options{Fields: []string{"url", "title"}}},
		{"jsonl", 70, Options{}},
		{"parquet", 150, Options{}},
		{"xlsx", 70, Options{}},
		{"xml", 70, Options{}},
		{"rss", 70, Options{}},
		{"html", 70, Options{}},
	} {
		page := productPage(0, 1000)
		var peak uint64
		var source iter.Seq2[[]byte, error] = func(yield func([]byte, error) bool) {
			for i := range tc.megabytes << 20 / len(page) {
				if !yield(bytes.Clone(page), nil) {
					return
				}
				if i%10 == 0 {
					peak = max(peak, heap())
				}
			}
		}
		tc.options.SpoolDir = t.TempDir()
		out := &samplingWriter{}
		if _, err := Run(t.Context(), PagesOf(source), mustFormat(t, tc.format), tc.options, sink.Stream(out)); err != nil {
			t.Fatal(err)
		}
		if peak = max(peak, out.peak); peak > bound {
			t.Errorf("%s of %d MB: heap of %d MB", tc.format, tc.megabytes, peak>>20)
		}
	}
}

// samplingWriter measures the heap now and then, the second pass included.
type samplingWriter struct {
	writes int
	peak   uint64
}

func (s *samplingWriter) Write(p []byte) (int, error) {
	s.writes++
	if s.writes%100 == 0 {
		s.peak = max(s.peak, heap())
	}
	return len(p), nil
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapInuse
}
