// Package choose is a list on a terminal that a person walks through: arrows move,
// letters filter.
package choose

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/apifyctl/apifyctl/internal/output"
)

// List is the state of a list. Only the program's own goroutine touches it.
type List[T comparable] struct {
	All     []T
	Visible []T // what the filter leaves
	Cursor  int // of Visible
	Height  int // lines on the screen
	Filter  textinput.Model

	top  int            // the first of Visible on the screen
	text func(T) string // what the filter looks at
}

// New is a list of all, with the first one chosen. text is what the filter looks
// at, whatever its case.
func New[T comparable](all []T, text func(T) string) *List[T] {
	l := &List[T]{All: all, Visible: all, Filter: textinput.New(), text: text}
	l.Filter.Prompt = ""
	l.Filter.CharLimit = 200
	l.Filter.Focus()
	return l
}

// Current is the chosen one; false where nothing matches the filter.
func (l *List[T]) Current() (T, bool) {
	if l.Cursor >= len(l.Visible) {
		var none T
		return none, false
	}
	return l.Visible[l.Cursor], true
}

// Walk does what a key means that moves in the list; false for other keys.
func (l *List[T]) Walk(key string) bool {
	switch key {
	case "up", "ctrl+p":
		l.Move(-1)
	case "down", "ctrl+n":
		l.Move(1)
	case "pgup":
		l.Move(-l.Height)
	case "pgdown":
		l.Move(l.Height)
	case "home":
		l.Move(-len(l.Visible))
	case "end":
		l.Move(len(l.Visible))
	default:
		return false
	}
	return true
}

// Move chooses the one that is so many lines further on.
func (l *List[T]) Move(by int) {
	l.Cursor = max(0, min(l.Cursor+by, len(l.Visible)-1))
	l.Scroll()
}

// Choose goes to one, if it is visible.
func (l *List[T]) Choose(one T) {
	if i := slices.Index(l.Visible, one); i >= 0 {
		l.Cursor = i
		l.Scroll()
	}
}

// Scroll keeps the chosen one on the screen.
func (l *List[T]) Scroll() {
	l.top = max(0, min(l.top, l.Cursor, len(l.Visible)-l.Height))
	l.top = max(l.top, l.Cursor-l.Height+1)
}

// Type hands what was typed to the filter.
func (l *List[T]) Type(message tea.Msg) {
	l.Filter, _ = l.Filter.Update(message)
	l.Refilter()
}

// Clear empties the filter; false where it is empty.
func (l *List[T]) Clear() bool {
	if l.Filter.Value() == "" {
		return false
	}
	l.Filter.SetValue("")
	l.Refilter()
	return true
}

// Refilter keeps what holds all the words typed.
func (l *List[T]) Refilter() {
	chosen, some := l.Current()
	words := strings.Fields(strings.ToLower(l.Filter.Value()))
	l.Visible = nil
	for _, one := range l.All {
		text := strings.ToLower(l.text(one))
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) {
			l.Visible = append(l.Visible, one)
		}
	}
	l.Cursor = 0
	if some {
		l.Cursor = max(0, slices.Index(l.Visible, chosen))
	}
	l.Scroll()
}

// Lines are exactly as many as the list is high.
func (l *List[T]) Lines(width int, line func(T) string) []string {
	lines := make([]string, l.Height)
	if len(l.Visible) == 0 {
		lines[0] = "  nothing matches; esc clears the filter"
	}
	for i := range lines {
		index := l.top + i
		if index >= len(l.Visible) {
			continue
		}
		text := line(l.Visible[index])
		if index == l.Cursor {
			lines[i] = lipgloss.NewStyle().Reverse(true).Render("> " + ansi.Truncate(text, width-2, "…"))
			continue
		}
		lines[i] = "  " + text
	}
	return lines
}

// Run shows a program on the terminal until it quits.
func Run(ctx context.Context, screen output.Screen, color bool, model tea.Model) error {
	profile := colorprofile.Ascii // bold and reversed, no colour
	if color {
		profile = colorprofile.ANSI
	}
	_, err := tea.NewProgram(model, tea.WithContext(ctx), tea.WithInput(screen.In), tea.WithOutput(screen.Out),
		tea.WithColorProfile(profile), tea.WithoutSignalHandler()).Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("terminal: %w", err)
	}
	return nil
}

// Screen puts lines onto a screen of that size, with the help on the last one.
func Screen(lines []string, help string, width, height int) string {
	last := max(0, height-1)
	for len(lines) < last {
		lines = append(lines, "")
	}
	lines = append(lines[:last], lipgloss.NewStyle().Faint(true).Render(help))
	for i := range lines {
		lines[i] = ansi.Truncate(lines[i], width, "…")
	}
	return strings.Join(lines, "\n")
}
