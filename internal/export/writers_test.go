package export

import (
	"slices"
	"strings"
	"testing"
)

func TestTerminalWriter(t *testing.T) {
	const text = "a\x1b[31m\tb\n\u009b2Jé日😀👩‍👩‍👧\u202eabc\x7f\r\x00\xff שלום \u2028\u00ad"
	const want = "a␛[31m\tb\n\\u009b2Jé日😀👩‍👩‍👧\\u202eabc␡␍␀\ufffd שלום \\u2028\\u00ad"
	for size := 1; size <= len(text); size++ {
		var out strings.Builder
		w := &terminalWriter{w: &out}
		for rest := text; rest != ""; {
			part := rest[:min(size, len(rest))]
			if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
			rest = rest[len(part):]
		}
		if out.String() != want {
			t.Errorf("in pieces of %d: %q, want %q", size, out.String(), want)
		}
	}
}

func TestEmptyFieldsMeanAll(t *testing.T) {
	for _, format := range []string{"csv", "table"} {
		want, err := export(t, inPages(corpus(), 5), format, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := export(t, inPages(corpus(), 5), format, Options{Fields: []string{}}); err != nil || got != want {
			t.Errorf("%s: %v, %q", format, err, got)
		}
	}
}

func TestFitColumns(t *testing.T) {
	list := []string{"name", "id", "items", "modified", "access", "run", "expires"}
	layout := Layout{Whole: []string{"id"}, Spare: []string{"run", "access"}}
	columns := func(names []string, widths ...int) []tableColumn {
		all := make([]tableColumn, len(names))
		for i, name := range names {
			all[i] = tableColumn{name: name, width: widths[i], link: strings.HasSuffix(name, "url"), nested: strings.HasPrefix(name, "json")}
		}
		return all
	}
	item := []string{"id", "url", "title", "json", "#debug", "price"}
	for name, test := range map[string]struct {
		columns []tableColumn
		width   int
		layout  Layout
		shown   []string
		widths  []int
	}{
		"no terminal":                     {columns([]string{"a", "b"}, 100, 200), 0, layout, []string{"a", "b"}, []int{100, 200}},
		"all fit":                         {columns([]string{"a", "b"}, 10, 20), 80, layout, []string{"a", "b"}, []int{10, 20}},
		"the long one gets what is left":  {columns([]string{"a", "b", "c"}, 10, 200, 5), 80, layout, []string{"a", "b", "c"}, []int{10, 61, 5}},
		"two long ones share":             {columns([]string{"a", "b"}, 100, 100), 42, layout, []string{"a", "b"}, []int{20, 20}},
		"the last goes":                   {columns([]string{"a", "b", "c"}, 30, 30, 30), 40, layout, []string{"a", "b"}, []int{15, 15}},
		"one is always left":              {columns([]string{"a", "b"}, 500, 500), 3, layout, []string{"a"}, []int{15}},
		"whole and spare, 200":            {columns(list, 40, 17, 9, 14, 15, 17, 10), 200, layout, list, []int{40, 17, 9, 14, 15, 17, 10}},
		"whole and spare, 80":             {columns(list, 40, 17, 9, 14, 15, 17, 10), 80, layout, []string{"name", "id", "items", "modified", "expires"}, []int{15, 17, 9, 14, 10}},
		"whole in no room":                {columns(list, 40, 17, 9, 14, 15, 17, 10), 20, layout, []string{"id"}, []int{17}},
		"a link keeps its end, 120":       {columns(item, 17, 47, 30, 90, 40, 8), 120, Layout{}, []string{"id", "url", "title", "json", "price"}, []int{17, 47, 16, 16, 8}},
		"a link keeps its end, 80":        {columns(item, 17, 47, 30, 90, 40, 8), 80, Layout{}, []string{"id", "url", "title"}, []int{17, 32, 20}},
		"chosen columns go from the end":  {columns(item, 17, 47, 30, 90, 40, 8), 120, Layout{Chosen: true}, []string{"id", "url", "title", "json"}, []int{17, 47, 21, 21}},
		"an ID in no column of that name": {columns([]string{"name", "actId"}, 30, 17), 25, Layout{}, []string{"actId"}, []int{17}},
	} {
		t.Run(name, func(t *testing.T) {
			got := fitColumns(test.columns, test.width, test.layout)
			var shown []string
			for _, column := range got.columns {
				shown = append(shown, test.columns[column].name)
			}
			if !slices.Equal(shown, test.shown) || !slices.Equal(got.widths, test.widths) || got.hidden != len(test.columns)-len(shown) {
				t.Errorf("shows %q with widths %v, hides %d; want %q with %v", shown, got.widths, got.hidden, test.shown, test.widths)
			}
		})
	}
}
