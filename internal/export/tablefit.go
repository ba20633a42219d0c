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
	shown := len(natural)
	if total(natural, minColumnWidth) > width {
		const note = 5 // room for the column that counts the rest
		for shown = 1; shown < len(natural); shown++ {
			if total(natural[:shown+1], minColumnWidth)+columnGap+note > width {
				break
			}
		}
		widths, _ = fitColumns(natural[:shown], max(width-columnGap-note, 1))
		return append(widths, note), len(natural) - shown
	}
	limit := max(width, minColumnWidth)
	for limit > minColumnWidth && total(natural, limit) > width {
		limit--
	}
	widths = slices.Clone(natural)
	for i := range widths {
		widths[i] = min(widths[i], limit)
	}
	return widths, 0
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
