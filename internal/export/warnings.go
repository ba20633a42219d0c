package export

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// warnings gathers what Options.Truncate has cost. Its methods may be called
// from several goroutines.
type warnings struct {
	mutex sync.Mutex
	cells int64
	lines []string
	names []string // a few of the columns that were left out

	collisions int64    // values that were left out
	collided   []string // a few of their columns
}

func newWarnings() *warnings { return &warnings{} }

func (w *warnings) cell() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.cells++
}

func (w *warnings) add(line string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.lines = append(w.lines, line)
}

// omit notes a column that is left out.
func (w *warnings) omit(name string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.names = noted(w.names, name)
}

// collide notes a value that is left out, as its column has another.
func (w *warnings) collide(column string) {
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

func (w *warnings) all() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	lines := slices.Clone(w.lines)
	if len(w.names) > 0 {
		lines = append(lines, fmt.Sprintf("only the first %d columns were written; left out are %s", maxColumns, listed(w.names)))
	}
	if w.collisions > 0 {
		lines = append(lines, fmt.Sprintf("the second of two values for one column was left out, %d in all: %s", w.collisions, listed(w.collided)))
	}
	switch {
	case w.cells == 1:
		lines = append(lines, fmt.Sprintf("1 cell was cut to %d characters", maxCellLength))
	case w.cells > 1:
		lines = append(lines, fmt.Sprintf("%d cells were cut to %d characters", w.cells, maxCellLength))
	}
	return lines
}

// listed names a few of many.
func listed(names []string) string {
	const most = 3
	quoted := make([]string, 0, most)
	for _, name := range names[:min(most, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%q", shortName(name)))
	}
	text := strings.Join(quoted, ", ")
	if len(names) > most {
		text += ", …"
	}
	return text
}

func shortName(name string) string {
	const most = 60
	if len(name) <= most {
		return name
	}
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return name
}
