package export

import (
	"fmt"
	"sync/atomic"
)

// warnings gathers what Options.Truncate has cost.
type warnings struct {
	losses *losses
	cells  atomic.Int64 // that were cut
}

func newWarnings() *warnings { return &warnings{losses: new(losses)} }

func (w *warnings) add(line string) { w.losses.add(line) }

func (w *warnings) all() []string {
	lines := w.losses.all()
	switch cells := w.cells.Load(); {
	case cells == 1:
		lines = append(lines, fmt.Sprintf("1 cell was cut to %d characters", maxCellLength))
	case cells > 1:
		lines = append(lines, fmt.Sprintf("%d cells were cut to %d characters", cells, maxCellLength))
	}
	return lines
}
