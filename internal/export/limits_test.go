package export

import (
	"archive/zip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/sink"
)

// What is larger than formats allow, and what has nothing in it. Errors are
// results, too, and so are warnings.
func TestLimitsGolden(t *testing.T) {
	for name, page := range map[string]string{
		"columns":     `[{"id":1,` + wideMembers(2000) + `},{"id":2,"c2000":"last"}]`,
		"name":        `[{"id":1,"` + strings.Repeat("n", 250) + `":"a"},{"id":2,"` + strings.Repeat("n", 249) + `é":"b","o":{"` + strings.Repeat("p", 250) + `":1}}]`,
		"cell":        `[{"id":1,"short":"s"},{"id":2,"long":"` + strings.Repeat("x", 39_999) + `😀"}]`,
		"empty":       `[]`,
		"empty-items": `[{},{"a":{}},{"b":[],"c":[{}]}]`,
	} {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			for _, f := range Formats() {
				whole := resultOf(t, f, Options{}, page)
				fmt.Fprintf(&got, "=== %s\n%s", f.Name, whole)
				if cut := resultOf(t, f, Options{Truncate: true}, page); cut != whole {
					fmt.Fprintf(&got, "=== %s --truncate\n%s", f.Name, cut)
				}
			}
			golden(t, filepath.Join("limits", name+".txt"), got.String())
		})
	}
}

func wideMembers(count int) string {
	members := make([]string, count)
	for i := range members {
		members[i] = fmt.Sprintf(`"c%d":%d`, i+1, i+1)
	}
	return strings.Join(members, ",")
}

// resultOf is what an export writes, warns of, or fails with.
func resultOf(t *testing.T, f Format, o Options, page string) string {
	t.Helper()
	var out strings.Builder
	o.SpoolDir = t.TempDir()
	summary, err := Run(t.Context(), PagesOf(pagesOf(page)), f, o, sink.Stream(&out))
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	written := out.String()
	switch f.Name {
	case "xlsx":
		written = readableParts(t, written)
	case "parquet":
		written = fmt.Sprintf("a file of %d columns\n", strings.Count(written, "x-parquet")+strings.Count(written, `"integer"`)+strings.Count(written, `"string"`))
	}
	for _, warning := range summary.Warnings {
		written += "warning: " + warning + "\n"
	}
	return abridged(countRuns(written))
}

// abridged is a long text's start and end, with the checksum of all of it.
func abridged(text string) string {
	const most, shown = 16 << 10, 1500
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s\n⟨%d bytes, SHA-256 %x⟩\n%s", text[:shown], len(text), sha256.Sum256([]byte(text)), text[len(text)-shown:])
}

// readableParts are the entries of a workbook, a line a cell.
func readableParts(t testing.TB, archive string) string {
	t.Helper()
	reader, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, entry := range reader.File {
		file, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil { // checks size and sum
			t.Fatal(err)
		}
		readable := strings.NewReplacer("<row", "\n<row", "<c ", "\n  <c ").Replace(string(text))
		fmt.Fprintf(&all, "--- %s\n%s\n", entry.Name, strings.TrimSuffix(readable, "\n"))
	}
	return all.String()
}

// countRuns writes a character that repeats 50 times or more as its count, so
// that a person can read the file. Nothing else changes.
func countRuns(text string) string {
	var out strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		run := text[:size]
		count := 1
		for rest := text[size:]; strings.HasPrefix(rest, run); rest = rest[size:] {
			count++
		}
		if count >= 50 {
			fmt.Fprintf(&out, "⟨%c × %d⟩", r, count)
		} else {
			out.WriteString(text[:count*size])
		}
		text = text[count*size:]
	}
	return out.String()
}

// What has as many columns as may be is taken, and one more is refused.
func TestColumnsOfParquetAndProfiles(t *testing.T) {
	for count, taken := range map[int]bool{schema.MaxColumns: true, schema.MaxColumns + 1: false} {
		half := count / 2
		pages := []string{`[{` + wideMembers(half) + `}]`, `[{` + strings.ReplaceAll(wideMembers(count-half), `"c`, `"d`) + `}]`}
		_, exported := export(t, pagesOf(pages...), "parquet", Options{})
		_, profiled := profiledPages(t, "", "", pages...)
		for name, err := range map[string]error{"an export": exported, "a profile": profiled} {
			if _, tooMany := errors.AsType[*flatten.ColumnLimitError](err); tooMany == taken || taken && err != nil {
				t.Errorf("%s of %d columns: %v", name, count, err)
			}
		}
	}
}
