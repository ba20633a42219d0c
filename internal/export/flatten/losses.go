package flatten

import (
	"fmt"
	"slices"
	"sync"
)

// Losses gathers what cutting off has cost. Its methods may be called from several
// goroutines.
type Losses struct {
	mutex sync.Mutex
	lines []string
	names []string // a few of the columns that were left out

	collisions int64    // values that were left out
	collided   []string // a few of their columns
}

// Add notes a line.
func (w *Losses) Add(line string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.lines = append(w.lines, line)
}

// omit notes a column that is left out.
func (w *Losses) omit(name string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.names = noted(w.names, name)
}

// collide notes a value that is left out, as its column has another.
func (w *Losses) collide(column string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.collisions++
	w.collided = noted(w.collided, column)
}

// noted is names with another one, unless they are enough.
func noted(names []string, name string) []string {
	const most = 8
	if len(names) < most && !slices.Contains(names, name) {
		names = append(names, name)
	}
	return names
}

// All are lines for whoever asked for the cutting.
func (w *Losses) All() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	lines := slices.Clone(w.lines)
	if len(w.names) > 0 {
		lines = append(lines, fmt.Sprintf("only the first %d columns were written; left out are %s", MaxColumns, Listed(w.names)))
	}
	if w.collisions > 0 {
		lines = append(lines, fmt.Sprintf("the second of two values for one column was left out, %d in all: %s", w.collisions, Listed(w.collided)))
	}
	return lines
}
