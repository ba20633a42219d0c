package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// A row group ends with the page that completes it, whether types are known before
// or are found out, and with that where pages stay until then.
func TestParquetRowGroups(t *testing.T) {
	known, err := schema.Parse([]byte(`{"type":"object","properties":{"v":{"type":"string"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	const page1, page2 = int64(len(`[{"v":"v00"}]`)), int64(len(`[{"v":"v00"},{"v":"v01"}]`))
	for name, test := range map[string]struct {
		pages        []int // items of each
		items, bytes int64 // that complete a group
		want         string
	}{
		"one group":              {[]int{2, 2, 2}, 100, math.MaxInt64, "v00-v05"},
		"nothing":                {[]int{0}, 100, math.MaxInt64, ""},
		"pages that fill groups": {[]int{2, 2, 2, 2, 1}, 4, math.MaxInt64, "v00-v03 v04-v07 v08-v08"},
		"a page a group":         {[]int{4, 4}, 4, math.MaxInt64, "v00-v03 v04-v07"},
		"pages across":           {[]int{3, 3, 3}, 4, math.MaxInt64, "v00-v05 v06-v08"},
		"large pages":            {[]int{9, 1, 9}, 4, math.MaxInt64, "v00-v08 v09-v18"},
		"empty pages":            {[]int{0, 2, 0, 0, 2, 0}, 2, math.MaxInt64, "v00-v01 v02-v03"},
		"just enough bytes":      {[]int{1, 1, 1, 1, 1}, 100, 2 * page1, "v00-v01 v02-v03 v04-v04"},
		"a byte is missing":      {[]int{1, 1, 1, 1, 1}, 100, 2*page1 + 1, "v00-v02 v03-v04"},
		"bytes before items":     {[]int{2, 2, 2}, 3, page2, "v00-v01 v02-v03 v04-v05"},
	} {
		var pages []string
		next := 0
		for _, count := range test.pages {
			items := make([]string, count)
			for i := range items {
				items[i] = fmt.Sprintf(`{"v":"v%02d"}`, next)
				next++
			}
			pages = append(pages, "["+strings.Join(items, ",")+"]")
		}
		for _, o := range []Options{{}, {Parquet: Parquet{Schema: known}}} {
			f := mustFormat(t, "parquet")
			f.create = func(w io.Writer, o Options) (encoder, error) {
				made, err := newParquet(w, o)
				if e, ok := made.(*parquetEncoder); ok {
					e.groupItems, e.groupBytes = test.items, test.bytes
				}
				return made, err
			}
			var out strings.Builder
			summary, err := Run(t.Context(), PagesOf(pagesOf(pages...)), f, o, sink.Stream(&out))
			if err != nil || summary.Items != int64(next) {
				t.Fatalf("%s: %d items, %v", name, summary.Items, err)
			}
			if got := groupsOf(out.String()); got != test.want {
				t.Errorf("%s, schema known: %v: groups %s, want %s", name, o.Parquet.Schema != nil, got, test.want)
			}
		}
	}
}

// groupsOf finds the row groups of a file in its footer, by the least and the
// greatest value that it has for each.
func groupsOf(file string) string {
	length := int(binary.LittleEndian.Uint32([]byte(file[len(file)-8:])))
	var groups []string
	values := regexp.MustCompile(`v\d\d`).FindAllString(file[len(file)-8-length:len(file)-8], -1)
	for bounds := range slices.Chunk(values, 2) {
		slices.Sort(bounds)
		groups = append(groups, strings.Join(bounds, "-"))
	}
	return strings.Join(groups, " ")
}
