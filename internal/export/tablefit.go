package export

import (
	"slices"
	"strings"

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

	// Chosen says that somebody has asked for these columns, the most important
	// ones first.
	Chosen bool
}

// tableColumn is what matters of a column where there is little room.
type tableColumn struct {
	name   string
	width  int  // of its widest cell, or its name
	link   bool // its cells are addresses of web pages
	nested bool // they are objects or arrays, as JSON
}

// fitted are the columns of a table that fit a terminal.
type fitted struct {
	columns []int // those that are shown, as indexes
	widths  []int // of each
	hidden  int   // how many are not shown
}

// fitColumns leaves columns out until the others have room enough to be read, and
// shares what is left among those that are cut. Width 0 fits everything.
func fitColumns(columns []tableColumn, width int, layout Layout) fitted {
	f := fitted{columns: make([]int, len(columns))}
	for i := range f.columns {
		f.columns[i] = i
	}
	least := func(i int) int {
		switch c := columns[i]; {
		case layout.whole(c):
			return c.width
		case c.link: // what tells one from another is at the end
			return min(c.width, max(minColumnWidth, width*2/5))
		default:
			return min(c.width, minColumnWidth)
		}
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
			f.drop(columns, layout)
		}
	}
	limit := 0
	for _, c := range columns {
		limit = max(limit, c.width)
	}
	capped := func(i int) int { return min(columns[i].width, max(least(i), limit)) }
	for width > 0 && limit > minColumnWidth && sum(capped) > room() {
		limit--
	}
	for _, i := range f.columns {
		f.widths = append(f.widths, capped(i))
	}
	return f
}

// longestID bounds what is taken for an ID by the name of its column.
const longestID = 40

// whole tells whether a column is never shortened: one of the layout's, or of IDs.
func (l Layout) whole(c tableColumn) bool {
	return slices.Contains(l.Whole, c.name) || c.width <= longestID && (c.name == "id" || strings.HasSuffix(c.name, "Id"))
}

// drop leaves out the column that matters least: a spare one, else what is hidden
// or nested, where nobody has said which columns matter, else the last one.
func (f *fitted) drop(columns []tableColumn, layout Layout) {
	f.hidden++
	leave := func(at int) { f.columns = slices.Delete(f.columns, at, at+1) }
	for _, spare := range layout.Spare {
		if at := slices.IndexFunc(f.columns, func(i int) bool { return columns[i].name == spare }); at >= 0 {
			leave(at)
			return
		}
	}
	last := func(matches func(tableColumn) bool) int {
		for at := len(f.columns) - 1; at >= 0; at-- {
			if matches(columns[f.columns[at]]) {
				return at
			}
		}
		return -1
	}
	at := -1
	if !layout.Chosen {
		if at = last(func(c tableColumn) bool { return strings.HasPrefix(c.name, "#") }); at < 0 {
			at = last(func(c tableColumn) bool { return c.nested })
		}
	}
	if at < 0 {
		at = last(func(c tableColumn) bool { return !layout.whole(c) })
	}
	if at < 0 {
		at = len(f.columns) - 1
	}
	leave(at)
}

// shorten cuts text to a width, with an ellipsis where something is missing.
func shorten(text string, width int) string {
	if len(text) <= width || runewidth.StringWidth(text) <= width {
		return text
	}
	return runewidth.Truncate(text, width, "…")
}
