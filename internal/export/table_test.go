package export

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
)

// Numbers, with their units, stand on the right, so that they can be compared.
func TestTableAlignsFigures(t *testing.T) {
	for name, test := range map[string]struct {
		cells []string
		right bool
	}{
		"numbers":                  {[]string{`1`, `-2.5`, `1e5`, `12345`}, true},
		"digits at the ends":       {[]string{`0`, `9`, `"09"`}, true},
		"numbers as text":          {[]string{`"1,234"`, `"+5"`, `"<0.01"`}, true},
		"sizes":                    {[]string{`"1.5 kB"`, `"20 MB"`, `"3 B"`, `"7 GB"`}, true},
		"money":                    {[]string{`"$1.50"`, `"-$2"`}, true},
		"nothing beside them":      {[]string{`1`, `null`, `""`, `"-"`}, true},
		"nothing at all":           {[]string{`null`, `""`, `"-"`}, false},
		"a text beside":            {[]string{`1`, `"one"`}, false},
		"a text before":            {[]string{`"one"`, `1`}, false},
		"a date":                   {[]string{`"2024/01/01"`}, false},
		"a unit alone":             {[]string{`"kB"`, `"MB"`}, false},
		"a sign alone":             {[]string{`"+"`}, false},
		"a point first":            {[]string{`".5"`}, false},
		"characters beside digits": {[]string{`"/1"`, `":1"`}, false},
	} {
		items := []string{`{"a":"wider than all","b":"x"}`}
		for _, cell := range test.cells {
			items = append(items, `{"column name":`+cell+`,"b":"x"}`)
		}
		got, err := export(t, pagesOf("["+strings.Join(items, ",")+"]"), "table", Options{Fields: []string{"column name", "b"}, NoHeader: true})
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(got, "\n")
		if right := strings.HasPrefix(lines[len(lines)-2], " "); right != test.right {
			t.Errorf("%s: on the right: %v, want %v:\n%s", name, right, test.right, got)
		}
	}
}

// A path of fields leads to a nested value; without a field of it there is nothing.
func TestTablePaths(t *testing.T) {
	const item = `{"a":{"b":[10,{"c":"x"}],"d":null},"e/f":"as it is","g":{"h":1},"g":{"h":2}}`
	for path, want := range map[string]string{
		"a/b/0": "10", "a/b/1": `{"c":"x"}`, "a/b/1/c": "x", "a/b/2": "–", "a/b/x": "–", "a/b/00": "–", "a/d": "–", "a/d/e": "–", "a/b/0/c": "–", "a/x": "–", "e/f": "as it is", "g/h": "2", "x/y": "–",
	} {
		got, err := export(t, pagesOf("["+item+"]"), "table", Options{Fields: []string{path}, NoHeader: true, Nulls: "–"})
		if err != nil || strings.TrimSpace(got) != want {
			t.Errorf("%s: %q, %v, want %q", path, got, err, want)
		}
	}
}

// What is broken below a path is an error, not a missing value.
func TestTablePathsOfBrokenItems(t *testing.T) {
	for name, test := range map[string]struct{ path, item string }{
		"an object":      {"a/b", `{"a":{"b" 1}}`},
		"a later member": {"a/b", `{"a":{"b":1,"c" 2}}`},
		"an array":       {"a/0", `{"a":[1 2]}`},
		"a later one":    {"a/0", `{"a":[1,2 3]}`},
		"below an array": {"a/0/b", `{"a":[{"b" 1}]}`},
	} {
		got, err := export(t, pagesOf(`[{"a":1},`+test.item+`]`), "table", Options{Fields: []string{test.path}})
		if item, ok := errors.AsType[*ItemError](err); !ok || item.Item != 2 {
			t.Errorf("%s: error %v, want one of item 2; got %q", name, err, got)
		}
	}
}

// The columns, and their widths, are those of the first block.
func TestTableBlocks(t *testing.T) {
	block := strings.Repeat(`{"a":1},`, blockItems-1)
	large := `{"a":"` + strings.Repeat("x", blockBytes) + `"}`
	for name, test := range map[string]struct{ items, start, end string }{
		"within the block":     {block + `{"b":"long"}`, "a  b\n1\n", "\n1\n   long\n"},
		"behind the block":     {block + `{"a":2},{"a":"longer","b":"x"}`, "a\n1\n", "\n2\n…\n"},
		"behind a large block": {large + `,{"a":"y","b":"x"}`, "a\nxx", "x\ny\n"},
		"many items":           {strings.Repeat(block, 3) + `{"a":3}`, "a\n1\n", "\n1\n3\n"},
	} {
		got, err := export(t, pagesOf("["+test.items+"]"), "table", Options{})
		if err != nil || !strings.HasPrefix(got, test.start) || !strings.HasSuffix(got, test.end) {
			t.Errorf("%s: %v, starts %.20q, ends %q", name, err, got, got[max(0, len(got)-20):])
		}
		if rows := strings.Count(got, "\n"); rows != strings.Count(test.items, "},{")+2 {
			t.Errorf("%s: %d lines", name, rows)
		}
	}
}

// More columns than a table may have are left out.
func TestTableColumnLimit(t *testing.T) {
	got, err := export(t, pagesOf("[{"+wideMembers(flatten.MaxColumns+1)+`},{"c1":1}]`), "table", Options{})
	header, _, _ := strings.Cut(got, "\n")
	if names := strings.Fields(header); err != nil || len(names) != flatten.MaxColumns || names[len(names)-1] != fmt.Sprint("c", flatten.MaxColumns) {
		t.Errorf("%v, %d columns, the last ones are %.50q", err, len(names), header[max(0, len(header)-50):])
	}
}

// What is left out is counted in the header and marked in the rows.
func TestTableTellsWhatIsHidden(t *testing.T) {
	got, err := export(t, pagesOf(`[{"a":"`+strings.Repeat("x", 30)+`","b":"`+strings.Repeat("y", 30)+`","c":"z"}]`), "table", Options{Width: 24, Layout: Layout{Chosen: true}})
	if want := "a                  +2\n" + strings.Repeat("x", 16) + "…  …\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
