package choose

import (
	"context"
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/apifyctl/apifyctl/internal/output"
)

// errNothing is what comes of Esc and Ctrl-C.
var errNothing = fmt.Errorf("nothing was chosen: %w", context.Canceled)

// Entry is a line of a list to choose from.
type Entry struct {
	ID    string
	Cells []string // made safe for a terminal here
}

// One has a person choose an entry. Esc and Ctrl-C are a context.Canceled.
func One(ctx context.Context, screen output.Screen, color bool, title string, entries []Entry) (Entry, error) {
	if len(entries) == 0 {
		return Entry{}, errors.New("there is nothing to choose from")
	}
	m := newOne(title, entries)
	if err := Run(ctx, screen, color, m); err != nil {
		return Entry{}, err
	}
	if m.chosen == nil {
		return Entry{}, errNothing
	}
	return *m.chosen, nil
}

// one is the screen's state.
type one struct {
	title         string
	list          *List[*Entry]
	widths        []int
	chosen        *Entry
	width, height int
}

func newOne(title string, entries []Entry) *one {
	m := &one{title: title, width: 80, height: 24}
	var all []*Entry
	for _, entry := range entries {
		safe := Entry{ID: entry.ID}
		for i, cell := range entry.Cells {
			safe.Cells = append(safe.Cells, output.Safe(cell))
			if i == len(m.widths) {
				m.widths = append(m.widths, 0)
			}
			m.widths[i] = max(m.widths[i], lipgloss.Width(safe.Cells[i]))
		}
		all = append(all, &safe)
	}
	m.list = New(all, m.line)
	m.resize()
	return m
}

// line has the cells below those of the other lines.
func (m *one) line(entry *Entry) string {
	text := ""
	for i, cell := range entry.Cells {
		text += lipgloss.NewStyle().Width(m.widths[i]).Render(cell) + "  "
	}
	return text
}

// around is how many lines stand above and below the list.
const around = 3

func (m *one) resize() {
	m.list.Height = max(1, m.height-around)
	m.list.Scroll()
}

func (m *one) Init() tea.Cmd { return nil }

func (m *one) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch message := message.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = message.Width, message.Height
		m.resize()
	case tea.PasteMsg:
		m.list.Type(message)
	case tea.KeyPressMsg:
		switch key := message.String(); {
		case key == "ctrl+c", key == "esc" && !m.list.Clear():
			return m, tea.Quit
		case key == "esc":
		case key == "enter", key == "ctrl+j": // a line that was typed ahead
			if entry, some := m.list.Current(); some {
				m.chosen = entry
				return m, tea.Quit
			}
		case m.list.Walk(key):
		default:
			m.list.Type(message)
		}
	}
	return m, nil
}

func (m *one) View() tea.View {
	lines := append([]string{
		lipgloss.NewStyle().Bold(true).Render(fmt.Sprintf("%s: %d of %d", m.title, len(m.list.Visible), len(m.list.All))),
		"Filter: " + m.list.Filter.View(),
	}, m.list.Lines(m.width, m.line)...)
	view := tea.NewView(Screen(lines, "↑↓ walk · type: filter · enter: choose · esc cancel", m.width, m.height))
	view.AltScreen = true
	return view
}
