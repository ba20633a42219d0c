package export

import (
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
	for _, tc := range []struct {
		natural []int
		width   int
		hidden  int
	}{
		{[]int{100, 200}, 0, 0},
		{[]int{10, 20}, 80, 0},
		{[]int{10, 200, 5}, 80, 0},
		{[]int{10, 20, 30, 40, 50, 60}, 58, 0},
		{[]int{10, 20, 30, 40, 50, 60}, 57, 1},
		{make([]int, 2000), 20, 1993},
		{[]int{500}, 3, 0},
		{[]int{500, 500}, 3, 1},
	} {
		widths, hidden := fitColumns(tc.natural, tc.width)
		if hidden != tc.hidden {
			t.Errorf("%v in %d: hides %d, want %d", tc.natural[:min(8, len(tc.natural))], tc.width, hidden, tc.hidden)
		}
		const smallest = minColumnWidth + columnGap + 5
		if sum := total(widths, 1<<30); tc.width > 0 && sum > max(tc.width, smallest) {
			t.Errorf("%v in %d: is %d wide", tc.natural[:min(8, len(tc.natural))], tc.width, sum)
		}
	}
}
