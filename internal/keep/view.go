package keep

import (
	"cmp"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/apifyctl/apifyctl/internal/choose"
	"github.com/apifyctl/apifyctl/internal/output"
)

// wide is from how many columns on the preview stands beside the list.
const wide = 120

// around is how many lines stand above and below list and preview: title,
// filter, a ruler, and the help at the bottom.
const around = 5

func (m *model) listHeight() int {
	height := max(1, m.height-around)
	if m.width >= wide {
		return height
	}
	return max(1, height*3/5)
}

func (m *model) View() tea.View {
	view := tea.NewView(m.screen())
	view.AltScreen = true
	return view
}

// screen is exactly m.height lines, none wider than m.width.
func (m *model) screen() string {
	bold := lipgloss.NewStyle().Bold(true)
	title := fmt.Sprintf("Unnamed storages, most urgent first: %d of %d", len(m.list.Visible), len(m.all.Candidates))
	if len(m.planned) > 0 {
		title += fmt.Sprintf(", %d to be named", len(m.planned))
	}
	lines := []string{bold.Render(title), m.secondLine(), m.thirdLine()}
	if m.mode == confirming {
		lines = append(lines, m.plannedLines()...)
	} else {
		lines = append(lines, m.body()...)
	}
	return choose.Screen(lines, m.help(), m.width, m.height)
}

// secondLine is what is being typed, or asked.
func (m *model) secondLine() string {
	switch m.mode {
	case naming:
		return "Name: " + m.input.View()
	case confirming:
		return fmt.Sprintf("Name these %d? Nothing has been changed so far. [y/n]", len(m.planned))
	case browsing:
	}
	return "Filter: " + m.list.Filter.View()
}

// thirdLine says why the typed name will not do.
func (m *model) thirdLine() string {
	if m.mode != naming || m.problem == "" {
		return ""
	}
	return lipgloss.NewStyle().Foreground(lipgloss.Red).Render("! " + line(m.problem))
}

func (m *model) help() string {
	return map[mode]string{
		browsing:   "↑↓ walk · type: filter · enter: name · ^Z undo · ^S save · esc done · ^C cancel",
		naming:     "enter: take this name · esc back · ^C cancel all",
		confirming: "y name them · n back · ^C cancel all",
	}[m.mode]
}

// body is the list with the preview below it, or beside it on a wide screen.
func (m *model) body() []string {
	list, height := m.lines(), m.listHeight()
	if m.width < wide {
		rest := max(0, m.height-around-height)
		return append(append(list, lipgloss.NewStyle().Faint(true).Render(strings.Repeat("─", m.width))), m.preview(rest)...)
	}
	half := m.width / 2
	beside := m.preview(height)
	lines := make([]string, height)
	for i := range lines {
		left := ansi.Truncate(list[i], half-2, "…")
		lines[i] = left + strings.Repeat(" ", max(0, half-ansi.StringWidth(left)))
		if i < len(beside) {
			lines[i] += beside[i]
		}
	}
	return lines
}

// lines are those of the list.
func (m *model) lines() []string {
	names := m.names()
	return m.list.Lines(m.width, func(c *Candidate) string {
		if name := names[c]; name != "" {
			return fmt.Sprintf("%-15s %-17s %-15s → %s", c.Expiry(), line(c.Facts.ID), c.Kind, name)
		}
		return fmt.Sprintf("%-15s %-17s %-15s %-12s %s", c.Expiry(), line(c.Facts.ID), c.Kind, c.Size, line(c.Actor))
	})
}

// preview is what is known of the chosen storage, at most so many lines.
func (m *model) preview(height int) []string {
	c := m.current()
	if c == nil {
		return nil
	}
	lines := []string{
		fmt.Sprintf("%s %s, %s", c.Kind, line(c.Facts.ID), c.Size),
		fmt.Sprintf("actor %s, run %s", line(cmp.Or(c.Actor, c.Facts.ActID, "-")), line(cmp.Or(c.Facts.ActRunID, "-"))),
	}
	lines = append(lines, strings.Split(strings.TrimRight(m.previews[c], "\n"), "\n")...)
	return lines[:max(0, min(height, len(lines)))]
}

func (m *model) plannedLines() []string {
	var lines []string
	for _, step := range m.planned {
		lines = append(lines, fmt.Sprintf("  %-17s %s → %s", step.Kind, line(step.Facts.ID), step.Name))
	}
	if room := max(1, m.height-around); len(lines) > room {
		lines = append(lines[:room-1], fmt.Sprintf("  … and %d more", len(m.planned)-room+1))
	}
	return lines
}

// line is what a person may see of a text from elsewhere, on one line.
func line(text string) string { return output.Safe(text) }
