package export

import (
	"fmt"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
)

// warnings gathers what Options.Truncate has cost.
type warnings struct {
	losses *flatten.Losses
	cells  atomic.Int64 // that were cut
}

func newWarnings() *warnings { return &warnings{losses: new(flatten.Losses)} }

func (w *warnings) add(line string) { w.losses.Add(line) }

func (w *warnings) all() []string {
	lines := w.losses.All()
	switch cells := w.cells.Load(); {
	case cells == 1:
		lines = append(lines, fmt.Sprintf("1 cell was cut to %d characters", maxCellLength))
	case cells > 1:
		lines = append(lines, fmt.Sprintf("%d cells were cut to %d characters", cells, maxCellLength))
	}
	return lines
}
