package parquet

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/apifyctl/apifyctl/internal/export"
)

// TestItemsOfFolder checks the files of JSON Lines in the folder that PARQUET_ITEMS
// names.
func TestItemsOfFolder(t *testing.T) {
	folder := os.Getenv("PARQUET_ITEMS")
	if folder == "" {
		t.Skip("PARQUET_ITEMS is not set")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of JSON Lines in %s: %v", folder, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := bytes.ReplaceAll(bytes.TrimSpace(text), []byte("\n"), []byte(","))
			page := append(append([]byte("["), lines...), ']')
			check(t, written(t, export.Options{}, page), page)
		})
	}
}
