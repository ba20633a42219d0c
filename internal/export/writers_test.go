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
	for _, test := range []struct {
		name    string
		names   []string
		natural []int
		width   int
		shown   []string
		widths  []int
	}{
		{"no terminal", []string{"a", "b"}, []int{100, 200}, 0, []string{"a", "b"}, []int{100, 200}},
		{"all fit", []string{"a", "b"}, []int{10, 20}, 80, []string{"a", "b"}, []int{10, 20}},
		{"the long one gets what is left", []string{"a", "b", "c"}, []int{10, 200, 5}, 80, []string{"a", "b", "c"}, []int{10, 61, 5}},
		{"two long ones share", []string{"a", "b"}, []int{100, 100}, 42, []string{"a", "b"}, []int{20, 20}},
		{"the last goes", []string{"a", "b", "c"}, []int{30, 30, 30}, 40, []string{"a", "b"}, []int{15, 15}},
		{"one is always left", []string{"a", "b"}, []int{500, 500}, 3, []string{"a"}, []int{15}},
		{"whole and spare, 200", list, []int{40, 17, 9, 14, 15, 17, 10}, 200, list, []int{40, 17, 9, 14, 15, 17, 10}},
		{"whole and spare, 80", list, []int{40, 17, 9, 14, 15, 17, 10}, 80, []string{"name", "id", "items", "modified", "expires"}, []int{15, 17, 9, 14, 10}},
		{"whole in no room", list, []int{40, 17, 9, 14, 15, 17, 10}, 20, []string{"id"}, []int{17}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := fitColumns(test.names, test.natural, test.width, layout)
			var shown []string
			for _, column := range got.columns {
				shown = append(shown, test.names[column])
			}
			if !slices.Equal(shown, test.shown) || !slices.Equal(got.widths, test.widths) || got.hidden != len(test.names)-len(shown) {
				t.Errorf("shows %q with widths %v, hides %d; want %q with %v", shown, got.widths, got.hidden, test.shown, test.widths)
			}
		})
	}
}
