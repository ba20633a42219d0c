package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// examples are the items of the example storage.
func examples(t *testing.T) [][]byte {
	t.Helper()
	paths, err := filepath.Glob("../../examples/storage/datasets/*/0*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no items: %v", err)
	}
	var items [][]byte
	for _, path := range paths {
		items = append(items, []byte(strings.TrimSpace(read(t, path))))
	}
	return items
}

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("SKIPPED: %s is not installed", program)
	}
}

// Spreadsheets convert our workbooks to the same CSV that we write.
func TestSpreadsheetsReadXLSX(t *testing.T) {
	for program, convert := range map[string]func(t *testing.T, dir, name string){"soffice": byLibreOffice, "ssconvert": byGnumeric} {
		t.Run(program, func(t *testing.T) {
			need(t, program)
			dir := t.TempDir()
			for name, items := range map[string][][]byte{"ugly": corpus(), "examples": examples(t)} {
				workbook, err := export(t, inPages(items, 7), "xlsx", Options{})
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name+".xlsx"), []byte(workbook), 0o600); err != nil {
					t.Fatal(err)
				}
				text, err := export(t, inPages(items, 7), "csv", Options{BOM: new(bool)})
				if err != nil {
					t.Fatal(err)
				}
				convert(t, dir, name)
				sameCells(t, name, readCSV(t, read(t, filepath.Join(dir, name+".csv"))), readCSV(t, text))
			}
		})
	}
}

func byLibreOffice(t *testing.T, dir, name string) {
	// UTF-8, commas, quotes where needed, cells as they are shown.
	const filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
	runProgram(t, "soffice", "-env:UserInstallation=file://"+filepath.ToSlash(dir)+"/profile", "--headless",
		"--convert-to", filter, "--outdir", dir, filepath.Join(dir, name+".xlsx"))
}

func byGnumeric(t *testing.T, dir, name string) {
	runProgram(t, "ssconvert", "-T", "Gnumeric_stf:stf_assistant", "-O", "separator=, quoting-mode=auto format=preserve locale=C",
		filepath.Join(dir, name+".xlsx"), filepath.Join(dir, name+".csv"))
	// Gnumeric leaves the format's escapes, _xHHHH_, as they are.
	path := filepath.Join(dir, name+".csv")
	text := regexp.MustCompile("_x([0-9A-F]{4})_").ReplaceAllStringFunc(read(t, path), func(escape string) string {
		code, _ := strconv.ParseUint(escape[2:6], 16, 16)
		return string(rune(code))
	})
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func runProgram(t *testing.T, program string, arguments ...string) {
	t.Helper()
	if output, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
}

func sameCells(t *testing.T, name string, got, want [][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d", name, len(got), len(want))
	}
	for y, row := range want {
		for x := range row {
			if have := got[y][x]; !shownAs(row[x], have) {
				t.Errorf("%s: row %d, column %q: shown as %q, want %q", name, y, want[0][x], have, row[x])
			}
		}
	}
}

func readCSV(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// shownAs reports whether a spreadsheet shows the text of a JSON value like
// that: booleans in capitals, dates in UTC and without letters, numbers with 10
// significant digits at least, and U+FFFD for what XML cannot say.
func shownAs(value, shown string) bool {
	switch {
	case shown == strings.NewReplacer("\ufffe", "\ufffd", "\uffff", "\ufffd").Replace(value):
		return true
	case value == "true", value == "false":
		return shown == strings.ToUpper(value)
	}
	number, err := strconv.ParseFloat(value, 64)
	have, haveErr := strconv.ParseFloat(shown, 64)
	if err == nil && haveErr == nil {
		precision := 1e-10
		if len(value) > 11 && strings.Contains(shown, "E+") {
			precision = 5e-3 // Gnumeric shows long integers as 1.23E+14
		}
		return math.Abs(number-have) <= precision*math.Abs(number)
	}
	date, err := time.Parse(time.RFC3339, value)
	return err == nil && shown == date.UTC().Format("2006-01-02 15:04:05.000")
}

// jq reads the values that went in.
func TestJQReadsJSON(t *testing.T) {
	need(t, "jq")
	for name, items := range map[string][][]byte{"ugly": corpus(), "examples": examples(t)} {
		var whole []any
		for i, item := range items {
			// Some versions of jq refuse lone surrogates, which stay as they came.
			items[i] = bytes.ReplaceAll(item, []byte(`"lone":"\ud800 x \udc00",`), nil)
			whole = append(whole, floats(t, items[i]))
		}
		for format, flags := range map[string][]string{"json": {"-c", "."}, "jsonl": {"-c", "-s", "."}} {
			text, err := export(t, inPages(items, 7), format, Options{})
			if err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), "jq", flags...)
			command.Stdin = strings.NewReader(text)
			out, err := command.Output()
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if got := floats(t, out); !reflect.DeepEqual(got, any(whole)) {
				t.Errorf("%s as %s: jq reads %v, want %v", name, format, got, whole)
			}
		}
	}
}

// floats decodes JSON as JavaScript does: numbers are floats, and those that are
// too large are the largest there is.
func floats(t *testing.T, text []byte) any {
	t.Helper()
	var rounded func(value any) any
	rounded = func(value any) any {
		switch value := value.(type) {
		case json.Number:
			number, _ := value.Float64() // infinite where it is out of range
			return math.Max(-math.MaxFloat64, math.Min(math.MaxFloat64, number))
		case []any:
			for i := range value {
				value[i] = rounded(value[i])
			}
		case map[string]any:
			for name := range value {
				value[name] = rounded(value[name])
			}
		}
		return value
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return rounded(value)
}
