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

// A byte order mark is before the first byte, once; without any there is none.
func TestMarkedWriter(t *testing.T) {
	for want, writes := range map[string][]string{"": {"", ""}, byteOrderMark + "ab": {"", "a", "", "b"}} {
		var out strings.Builder
		w := &markedWriter{w: &out}
		for _, text := range writes {
			if n, err := w.Write([]byte(text)); n != len(text) || err != nil {
				t.Fatal(n, err)
			}
		}
		if out.String() != want {
			t.Errorf("%q became %q, want %q", writes, out.String(), want)
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
		"hidden ones go first":            {columns([]string{"#a", "#b", "json"}, 20, 20, 20), 40, Layout{}, []string{"#a", "json"}, []int{15, 15}},
		"the first may be hidden":         {columns([]string{"#a", "b", "c"}, 20, 20, 20), 40, Layout{}, []string{"b", "c"}, []int{15, 15}},
		"the first may be nested":         {columns([]string{"json", "b", "c"}, 20, 20, 20), 40, Layout{}, []string{"b", "c"}, []int{15, 15}},
		"the first may be spare":          {columns([]string{"run", "b", "c"}, 20, 20, 20), 40, layout, []string{"b", "c"}, []int{15, 15}},
		"only the first may go":           {columns([]string{"a", "bId", "cId"}, 20, 15, 15), 40, Layout{}, []string{"bId", "cId"}, []int{15, 15}},
		"only whole ones":                 {columns([]string{"aId", "bId"}, 20, 20), 40, Layout{}, []string{"aId"}, []int{20}},
		"just enough room":                {columns([]string{"a", "b"}, 20, 20), 42, Layout{}, []string{"a", "b"}, []int{20, 20}},
		"one too little":                  {columns([]string{"a", "b"}, 20, 20), 41, Layout{}, []string{"a", "b"}, []int{19, 19}},
		"just enough to shrink to":        {columns([]string{"a", "b"}, 20, 20), 32, Layout{}, []string{"a", "b"}, []int{15, 15}},
		"too little to shrink to":         {columns([]string{"a", "b"}, 20, 20), 31, Layout{}, []string{"a"}, []int{20}},
		"just enough beside the note":     {columns([]string{"a", "b", "c"}, 15, 15, 15), 39, Layout{}, []string{"a", "b"}, []int{15, 15}},
		"too little beside the note":      {columns([]string{"a", "b", "c"}, 15, 15, 15), 38, Layout{}, []string{"a"}, []int{15}},
		"narrow ones do not shrink":       {columns([]string{"a", "b", "c"}, 3, 2, 40), 30, Layout{}, []string{"a", "b", "c"}, []int{3, 2, 21}},
		"the longest ID":                  {columns([]string{"a", "runId"}, 30, longestID), 60, Layout{}, []string{"a", "runId"}, []int{18, longestID}},
		"longer than an ID":               {columns([]string{"a", "runId"}, 30, longestID+1), 60, Layout{}, []string{"a", "runId"}, []int{29, 29}},
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
