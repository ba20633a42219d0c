package export

import (
	"slices"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// minColumnWidth is how far columns shrink before whole columns are left out.
const minColumnWidth = 8

// fitColumns returns the widths of the columns that fit a terminal, the widest
// shrunk first, and how many do not. When some do not, the last width is that
// of a column that says so. Width 0 fits everything.
func fitColumns(natural []int, width int) (widths []int, hidden int) {
	if width <= 0 {
		return natural, 0
	}
	if len(natural) == 1 || total(natural, minColumnWidth) <= width {
		return shrink(natural, width), 0
	}
	const note = 5 // room for the column that counts the rest
	room := width - columnGap - note
	shown := 1 // a table has a column, however narrow the terminal
	for total(natural[:shown+1], minColumnWidth) <= room {
		shown++
	}
	return append(shrink(natural[:shown], room), note), len(natural) - shown
}

// shrink cuts the widest columns until all fit, or are as narrow as they get.
func shrink(natural []int, width int) []int {
	limit := max(width, minColumnWidth)
	for limit > minColumnWidth && total(natural, limit) > width {
		limit--
	}
	widths := slices.Clone(natural)
	for i := range widths {
		widths[i] = min(widths[i], limit)
	}
	return widths
}

// total is the width of a table whose columns are at most limit wide.
func total(natural []int, limit int) int {
	sum := -columnGap
	for _, width := range natural {
		sum += min(width, limit) + columnGap
	}
	return sum
}

// shorten cuts text to a width, with an ellipsis where something is missing.
func shorten(text string, width int) string {
	if len(text) <= width || twwidth.Width(text) <= width {
		return text
	}
	return twwidth.Truncate(text, width, "…")
}
