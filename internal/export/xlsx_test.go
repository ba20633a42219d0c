package export

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/apifyctl/apifyctl/internal/sink"
)

// readXLSX reads a workbook with a library that shares no code with ours. Every
// sheet is a list of rows; numbers and dates are as they stand in the file.
func readXLSX(t testing.TB, text string) map[string][][]string {
	t.Helper()
	file, err := excelize.OpenReader(strings.NewReader(text), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	sheets := map[string][][]string{}
	for _, name := range file.GetSheetList() {
		if sheets[name], err = file.GetRows(name); err != nil {
			t.Fatal(err)
		}
	}
	return sheets
}

func TestXLSXGolden(t *testing.T) {
	for _, tc := range []struct {
		file    string
		options Options
	}{
		{"ugly.xlsx.txt", Options{}},
		{"ugly.fields.xlsx.txt", Options{Fields: []string{"id", "price", "createdAt", "missing"}, NoHeader: true}},
	} {
		var want string
		for _, size := range []int{1000, 1, 7} {
			got, err := export(t, inPages(corpus(), size), "xlsx", tc.options)
			if err != nil {
				t.Fatal(err)
			}
			readable := readableParts(t, got)
			if want == "" {
				want = readable
				golden(t, tc.file, readable)
			}
			if readable != want {
				t.Errorf("pages of %d items give another workbook", size)
			}
		}
	}
}

// Readers such as Python's zipfile fail on days that no calendar has.
func TestXLSXDates(t *testing.T) {
	text, err := export(t, inPages(corpus(), 7), "xlsx", Options{})
	if err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range archive.File {
		if part.ModifiedDate != xlsxDOSDate || part.ModifiedTime != 0 || !part.Modified.Equal(xlsxTime()) {
			t.Errorf("%s is of %v (%#x %#x), want %v", part.Name, part.Modified, part.ModifiedDate, part.ModifiedTime, xlsxTime())
		}
	}
}

// entryOf reads an entry of the archive, and with that checks sizes and sums.
func entryOf(t testing.TB, archive, name string) string {
	t.Helper()
	reader, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	file, err := reader.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // only read
	text, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestXLSXCells(t *testing.T) {
	for value, want := range map[string]string{
		`1.50`:                             ` 1.50`,
		`123456789012345`:                  ` 123456789012345`,
		`1234567890123456`:                 `inlineStr 1234567890123456`,
		`12345678901234567890`:             `inlineStr 12345678901234567890`,
		`0.30000000000000004`:              ` 0.30000000000000004`,
		`1e400`:                            `inlineStr 1e400`,
		`1e5`:                              ` 1e5`,
		`1E5`:                              ` 1E5`,
		`-123456789012345`:                 ` -123456789012345`,
		`-1234567890123456`:                `inlineStr -1234567890123456`,
		`999999999999999`:                  ` 999999999999999`,
		`1234567890.1234567`:               ` 1234567890.1234567`,
		`1234567890.12345678`:              `inlineStr 1234567890.12345678`,
		`0.00000000000000012345`:           ` 0.00000000000000012345`,
		`0.000000000000000000`:             ` 0.000000000000000000`,
		`123456789012345e5`:                ` 123456789012345e5`,
		`1e-400`:                           `inlineStr 1e-400`,
		`0.12345678901e-400`:               `inlineStr 0.12345678901e-400`,
		`true`:                             `b 1`,
		`false`:                            `b 0`,
		`"2024-01-01"`:                     ` 45292`,
		`"2024-01-01T12:00:00.000Z"`:       ` 45292.5`,
		`"2024-01-01T12:00:00+02:00"`:      ` 45292.416666666664`,
		`"2024-01-01T12:00:00.0001Z"`:      `inlineStr 2024-01-01T12:00:00.0001Z`,
		`"1900-02-28"`:                     `inlineStr 1900-02-28`,
		`"1900-03-01"`:                     ` 61`,
		`"1999-12-31"`:                     ` 36525`,
		`"9999-12-31"`:                     ` 2958465`,
		`"9999-12-31T23:59:59.500Z"`:       ` 2958465.9999942128`,
		`"9999-12-31T23:00:00-02:00"`:      `inlineStr 9999-12-31T23:00:00-02:00`,
		`"0999-12-31"`:                     `inlineStr 0999-12-31`,
		`":999-12-31"`:                     `inlineStr :999-12-31`,
		`"2024-01-01T12:00:00.000+02:00"`:  ` 45292.416666666664`,
		`"2024-01-01T12:00:00.0000+02:00"`: `inlineStr 2024-01-01T12:00:00.0000+02:00`,
		`"2024-01-01T12:00:00"`:            ` 45292.5`,
		`"2024-01-01T12:00:00.001"`:        ` 45292.500000011576`,
		`"2024-01-01T12:00"`:               `inlineStr 2024-01-01T12:00`,
		`"2024-01-0"`:                      `inlineStr 2024-01-0`,
		`"2024/01/01"`:                     `inlineStr 2024/01/01`,
		`"2024-01/01"`:                     `inlineStr 2024-01/01`,
		`"2024-13-01"`:                     `inlineStr 2024-13-01`,
		`"=1+1"`:                           `inlineStr =1+1`,
		`" x "`:                            `inlineStr  x `,
		`"_x0041_"`:                        `inlineStr _x0041_`,
		`"_x0041"`:                         `inlineStr _x0041`,
		`"a_x0041_b_x0042__x"`:             `inlineStr a_x0041_b_x0042__x`,
		`"_x_x0041_"`:                      `inlineStr _x_x0041_`,
		`"_X0041_"`:                        `inlineStr _X0041_`,
		`"_x00g1_"`:                        `inlineStr _x00g1_`,
		`"a "`:                             `inlineStr a `,
		`"\ta"`:                            "inlineStr \ta",
		`"a\nb"`:                           "inlineStr a\nb",
		`"a\rb"`:                           "inlineStr a\rb",
		`"\u001fb\u0080"`:                  "inlineStr \x1fb\u0080",
		`""`:                               `inlineStr `,
		`"\u0001<"`:                        "inlineStr \x01<",
		`"` + strings.Repeat("x", 9) + `"`: `inlineStr xxxxxxxxx`,
	} {
		got, err := export(t, pagesOf(`[{"a":`+value+`}]`), "xlsx", Options{})
		if err != nil {
			t.Fatal(err)
		}
		file, err := excelize.OpenReader(strings.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		text, err := file.GetCellValue("Items", "A2", excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		kind, err := file.GetCellType("Items", "A2")
		if err != nil {
			t.Fatal(err)
		}
		name := map[excelize.CellType]string{excelize.CellTypeInlineString: "inlineStr", excelize.CellTypeBool: "b"}[kind]
		if name+" "+text != want {
			t.Errorf("%s: %q, want %q", value, name+" "+text, want)
		}
	}
}

// Readers trim what is not marked.
func TestXLSXKeepsBlanks(t *testing.T) {
	for text, marked := range map[string]bool{" a": true, "a ": true, `\ta`: true, `a\t`: true, `\na`: true, `a\nb`: true, " ": true, "a b": false, `a\tb`: false, "a": false, "": false, "!a!": false} {
		got, err := export(t, pagesOf(`[{"a":"`+text+`"}]`), "xlsx", Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := "<is><t>"
		if marked {
			want = `<is><t xml:space="preserve">`
		}
		want += strings.NewReplacer(`\t`, "\t", `\n`, "\n").Replace(text) + "</t></is>"
		if sheet := entryOf(t, got, "xl/worksheets/sheet1.xml"); !strings.Contains(sheet, want) {
			t.Errorf("%q: %s is not in %s", text, want, sheet)
		}
	}
}

func TestXLSXLongCell(t *testing.T) {
	const most = 32_767
	whole := strings.Repeat("é", most-2) + "😀"
	long := whole + "x"
	got, err := export(t, pagesOf(`[{"a":"`+whole+`"}]`), "xlsx", Options{})
	if err != nil || readXLSX(t, got)["Items"][1][0] != whole {
		t.Errorf("a cell of %d units: %v", most, err)
	}
	for name, text := range map[string]string{"letters": strings.Repeat("x", most), "the last of one unit": strings.Repeat("\uffff", most), "blanks": strings.Repeat(" ", most)} {
		if _, err := export(t, pagesOf(`[{"a":"`+text+`"}]`), "xlsx", Options{}); err != nil {
			t.Errorf("a cell of %d units, %s: %v", most, name, err)
		}
		if _, err := export(t, pagesOf(`[{"a":"`+text+`x"}]`), "xlsx", Options{}); err == nil {
			t.Errorf("a cell of %d units and one more, %s", most, name)
		}
	}
	_, err = export(t, pagesOf(`[{"a":1}]`, `[{"b":1},{"a":{"b":"`+long+`"}}]`), "xlsx", Options{})
	if limit, ok := errors.AsType[*CellLimitError](err); !ok || limit.Column != "a/b" || !strings.Contains(err.Error(), "item 3") {
		t.Errorf("too long a cell: %v", err)
	}
	var out bytes.Buffer
	summary, err := Run(t.Context(), PagesOf(pagesOf(`[{"a":"`+long+`"},{"a":"`+long+`"}]`)), mustFormat(t, "xlsx"), Options{Truncate: true}, sink.Stream(&out))
	if err != nil || readXLSX(t, out.String())["Items"][1][0] != whole {
		t.Errorf("cut: %v", err)
	}
	if len(summary.Warnings) != 1 || summary.Warnings[0] != "2 cells were cut to 32767 characters" {
		t.Errorf("warnings %q", summary.Warnings)
	}
}

// More rows than a sheet takes go to the next, with a header of their own.
func TestXLSXSheets(t *testing.T) {
	const items = maxSheetRows + 2000
	pages := func(yield func([]byte, error) bool) {
		for first := 0; first < items; first += 1000 {
			page := []byte{'['}
			for i := first; i < min(first+1000, items); i++ {
				if i > first {
					page = append(page, ',')
				}
				page = append(strconv.AppendInt(append(page, `{"n":`...), int64(i), 10), '}')
			}
			if !yield(append(page, ']'), nil) {
				return
			}
		}
	}
	got, err := export(t, pages, "xlsx", Options{})
	if err != nil {
		t.Fatal(err)
	}
	first, second := entryOf(t, got, "xl/worksheets/sheet1.xml"), entryOf(t, got, "xl/worksheets/sheet2.xml")
	lastOfFirst := fmt.Sprintf(`<row r="%d"><c r="A%d"><v>%d</v></c></row></sheetData>`, maxSheetRows, maxSheetRows, maxSheetRows-2)
	if !strings.Contains(first, lastOfFirst) {
		t.Errorf("the first sheet ends with %s", first[len(first)-200:])
	}
	if !strings.Contains(second, `<row r="2"><c r="A2"><v>1048575</v></c></row>`) || !strings.Contains(second, `<v>1050575</v>`) {
		t.Errorf("the second sheet begins with %s", second[:700])
	}
	for _, name := range []string{"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml", "xl/styles.xml", "_rels/.rels"} {
		if entryOf(t, got, name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
}

// Rows are numbered over all blocks, wherever those come from.
func TestXLSXRowsOfManyBlocks(t *testing.T) {
	filler := strings.Repeat("x", blockSize)
	var pages []string
	for i := range 6 {
		pages = append(pages, fmt.Sprintf(`[{"n":%d},{"n":%d,"filler":%q}]`, 2*i, 2*i+1, filler))
	}
	for name, o := range map[string]Options{
		"two passes": {Fields: []string{"n"}, TwoPass: true}, "early": {Fields: []string{"n"}}, "one pass": {Fields: []string{"n"}, OnePass: true}, "no header": {Fields: []string{"n"}, OnePass: true, NoHeader: true},
	} {
		got, err := export(t, pagesOf(pages...), "xlsx", o)
		if err != nil {
			t.Fatal(err)
		}
		want, row := "", 2
		if o.NoHeader {
			row = 1
		}
		for i := range 12 {
			want += fmt.Sprintf(`<row r="%d"><c r="A%d"><v>%d</v></c></row>`, row+i, row+i, i)
		}
		if sheet := entryOf(t, got, "xl/worksheets/sheet1.xml"); !strings.Contains(sheet, want+"</sheetData>") {
			t.Errorf("%s: the sheet ends with %s", name, sheet[max(0, len(sheet)-500):])
		}
	}
}

func TestColumnLetters(t *testing.T) {
	for index, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA", 1999: "BXX"} {
		name, err := excelize.ColumnNumberToName(index + 1)
		if got := columnLetters(index); got != want || err != nil || got != name {
			t.Errorf("%d: %s, want %s", index, got, want)
		}
	}
}

func FuzzXLSX(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, text string) {
		names, rows, ok := flatRows(t, text)
		if !ok {
			return
		}
		got, err := export(t, pagesOf(text), "xlsx", Options{})
		if tooMuch(err, names) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		read := readXLSX(t, got)["Items"]
		for y, row := range append([]map[string]string{nil}, rows...) {
			for x, name := range names {
				want := name
				if y > 0 {
					want = row[name]
				}
				have := ""
				if y < len(read) && x < len(read[y]) {
					have = read[y][x]
				}
				if !sameCell(have, want) {
					t.Fatalf("row %d, column %q: read %q, want %q", y, name, have, want)
				}
			}
		}
	})
}

// sameCell compares what was read with the JSON value's text: booleans are
// numbers there, dates count days, and what XML cannot say is replaced.
func sameCell(have, want string) bool {
	switch {
	case have == want || have == strings.NewReplacer("\ufffe", "\ufffd", "\uffff", "\ufffd").Replace(want):
		return true
	case want == "true" || want == "false":
		return have == map[string]string{"true": "1", "false": "0"}[want]
	}
	days, err := strconv.ParseFloat(have, 64)
	if err != nil {
		return false
	}
	const day = 24 * time.Hour
	read := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(days)).Add(time.Duration((days - math.Trunc(days)) * float64(day)))
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05"} {
		if date, err := time.Parse(layout, want); err == nil {
			return date.Sub(read).Abs() < time.Millisecond
		}
	}
	return false
}
