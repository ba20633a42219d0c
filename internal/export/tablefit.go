package export

import (
	"slices"

	"github.com/mattn/go-runewidth"
)

const (
	// minColumnWidth is how far columns shrink before whole columns are left out.
	minColumnWidth = 15
	// noteWidth is the room for the column that counts those left out.
	noteWidth = 5
)

// Layout says what of a table matters where a terminal is too narrow for it.
type Layout struct {
	Whole []string // columns that are never shortened, such as id
	Spare []string // columns that go first, the first one first
}

// fitted are the columns of a table that fit a terminal.
type fitted struct {
	columns []int // those that are shown, as indexes
	widths  []int // of each
	hidden  int   // how many are not shown
}

// fitColumns leaves columns out, the spare ones first and then those at the
// right, until the others have room enough to be read, and shares what is left
// among those that are cut. Width 0 fits everything.
func fitColumns(names []string, natural []int, width int, layout Layout) fitted {
	f := fitted{columns: make([]int, len(natural))}
	for i := range f.columns {
		f.columns[i] = i
	}
	least := func(i int) int {
		if slices.Contains(layout.Whole, names[i]) {
			return natural[i]
		}
		return min(natural[i], minColumnWidth)
	}
	room := func() int {
		if f.hidden > 0 {
			return width - columnGap - noteWidth
		}
		return width
	}
	sum := func(of func(int) int) int {
		total := -columnGap
		for _, i := range f.columns {
			total += of(i) + columnGap
		}
		return total
	}
	if width > 0 {
		for len(f.columns) > 1 && sum(least) > room() {
			f.drop(names, layout)
		}
	}
	limit := slices.Max(natural)
	capped := func(i int) int { return min(natural[i], max(least(i), limit)) }
	for width > 0 && limit > minColumnWidth && sum(capped) > room() {
		limit--
	}
	for _, i := range f.columns {
		f.widths = append(f.widths, capped(i))
	}
	return f
}

// drop leaves out the column that matters least.
func (f *fitted) drop(names []string, layout Layout) {
	f.hidden++
	for _, spare := range layout.Spare {
		at := slices.IndexFunc(f.columns, func(i int) bool { return names[i] == spare })
		if at >= 0 {
			f.columns = slices.Delete(f.columns, at, at+1)
			return
		}
	}
	at := len(f.columns) - 1
	for at > 0 && slices.Contains(layout.Whole, names[f.columns[at]]) {
		at--
	}
	if slices.Contains(layout.Whole, names[f.columns[at]]) {
		at = len(f.columns) - 1
	}
	f.columns = slices.Delete(f.columns, at, at+1)
}

// shorten cuts text to a width, with an ellipsis where something is missing.
func shorten(text string, width int) string {
	if len(text) <= width || runewidth.StringWidth(text) <= width {
		return text
	}
	return runewidth.Truncate(text, width, "…")
}
