package local

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/inprocess"
)

func BenchmarkRead(b *testing.B) {
	const items = 100_000
	dir := b.TempDir()
	text := fmt.Sprintf("{\n\t\"url\": \"https://example.com/\",\n\t\"text\": %q,\n\t\"list\": [\n\t\t1,\n\t\t2\n\t]\n}", strings.Repeat("lorem ipsum ", 80))
	folder := filepath.Join(dir, "datasets", "default")
	for n := range int64(items) {
		writeFile(b, filepath.Join(folder, itemName(n+1)), text)
	}
	for name, query := range map[string]string{"all": "", "fields": "?fields=url,list", "clean": "?clean=1"} {
		b.Run(name, func(b *testing.B) {
			h, err := Open(dir, Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				readAllItems(b, h, query)
			}
			b.ReportMetric(float64(items)*float64(b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}

func readAllItems(t testing.TB, h http.Handler, query string) int64 {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/v2/datasets/~default/items"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := inprocess.New(h).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, response.Body)
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", response.Status, err)
	}
	return n
}
