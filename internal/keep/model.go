package keep

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/choose"
	"github.com/apifyctl/apifyctl/internal/output"
)

// mode is what the keys mean.
type mode int

const (
	browsing   mode = iota // arrows walk, letters filter
	naming                 // letters are the name
	confirming             // y or n
)

// Walk lets a person walk through the storages on a screen, and returns the names that
// were given and confirmed; none where nothing is to be named. Giving up is
// context.Canceled. Nothing is changed.
func Walk(ctx context.Context, screen output.Screen, color bool, client *api.Client, all *Inventory) ([]Step, error) {
	suggest, err := ParseTemplate(DefaultTemplate)
	if err != nil {
		return nil, err
	}
	m := newModel(all, suggest, func(c *Candidate) (string, error) { return preview(ctx, client, c) })
	if err := choose.Run(ctx, screen, color, m); err != nil {
		return nil, err
	}
	switch {
	case m.cancelled:
		return nil, fmt.Errorf("nothing was named: %w", context.Canceled)
	case !m.confirmed:
		return nil, nil
	}
	return m.planned, nil
}

// model is the screen's state. Only the program's own goroutine touches it.
type model struct {
	all     *Inventory
	suggest Template
	look    func(*Candidate) (string, error) // asks the API; runs elsewhere

	mode          mode
	list          *choose.List[*Candidate]
	input         textinput.Model
	problem       string // why the typed name will not do
	planned       []Step // in the order in which they were named
	previews      map[*Candidate]string
	width, height int

	confirmed, cancelled bool
}

// rest is how long the cursor stands still before a preview is fetched: walking
// past a hundred storages must not send a hundred requests.
const rest = 150 * time.Millisecond

type (
	rested  struct{ on *Candidate }
	fetched struct {
		of   *Candidate
		text string
	}
)

func newModel(all *Inventory, suggest Template, look func(*Candidate) (string, error)) *model {
	m := &model{
		all: all, suggest: suggest, look: look, previews: map[*Candidate]string{},
		input: textinput.New(), width: 80, height: 24,
	}
	m.list = choose.New(all.Candidates, func(c *Candidate) string {
		return strings.Join([]string{c.Kind.String(), c.Facts.ID, c.Actor, c.Facts.ActRunID, m.nameOf(c)}, " ")
	})
	m.input.Prompt, m.input.CharLimit = "", maxName
	m.input.Focus()
	m.resize()
	return m
}

func (m *model) Init() tea.Cmd { return m.settle() }

func (m *model) Update(message tea.Msg) (tea.Model, tea.Cmd) {
	switch message := message.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = message.Width, message.Height
		m.resize()
	case rested:
		if _, known := m.previews[message.on]; !known && message.on == m.current() {
			m.previews[message.on] = "…"
			return m, func() tea.Msg { return m.fetch(message.on) }
		}
	case fetched:
		m.previews[message.of] = message.text
	case tea.KeyPressMsg:
		if message.String() == "ctrl+c" {
			m.cancelled = true
			return m, tea.Quit
		}
		return m, m.key(message)
	case tea.PasteMsg:
		return m, m.typed(message)
	}
	return m, nil
}

// fetch runs outside the program's goroutine and changes nothing.
func (m *model) fetch(c *Candidate) tea.Msg {
	text, err := m.look(c)
	if err != nil {
		text = "cannot look into it: " + line(err.Error())
	}
	return fetched{c, text}
}

func (m *model) key(press tea.KeyPressMsg) tea.Cmd {
	switch m.mode {
	case naming:
		return m.keyNaming(press)
	case confirming:
		switch press.String() {
		case "y", "Y":
			m.confirmed = true
			return tea.Quit
		case "n", "N", "esc":
			m.mode = browsing
		}
		return nil
	case browsing:
	}
	return m.keyBrowsing(press)
}

func (m *model) keyBrowsing(press tea.KeyPressMsg) tea.Cmd {
	key := press.String()
	if m.list.Walk(key) {
		return m.settle()
	}
	switch key {
	case "enter":
		m.beginNaming()
	case "ctrl+z":
		m.undo()
	case "ctrl+s":
		if len(m.planned) > 0 {
			m.mode = confirming
		}
	case "esc":
		switch {
		case m.list.Clear():
		case len(m.planned) > 0:
			m.mode = confirming
		default:
			return tea.Quit
		}
	default:
		return m.typed(press)
	}
	return m.settle()
}

// typed hands what was typed to the line that is being edited.
func (m *model) typed(message tea.Msg) tea.Cmd {
	switch m.mode {
	case browsing:
		m.list.Type(message)
	case naming:
		m.input, _ = m.input.Update(message)
		m.validate()
	case confirming:
	}
	return m.settle()
}

func (m *model) keyNaming(press tea.KeyPressMsg) tea.Cmd {
	switch press.String() {
	case "esc":
		m.mode = browsing
	case "enter":
		m.validate()
		if m.problem != "" {
			return nil
		}
		m.forget(m.current())
		m.planned = append(m.planned, Step{Candidate: m.current(), Name: m.input.Value()})
		m.all.taken[nameOf(m.current().Kind, m.input.Value())] = true
		m.mode = browsing
		m.list.Move(1)
		return m.settle()
	default:
		return m.typed(press)
	}
	return nil
}

func (m *model) beginNaming() {
	c := m.current()
	if c == nil {
		return
	}
	value := m.nameOf(c)
	if value == "" {
		value = free(m.all.taken, c.Kind, m.suggest.name(c))
	}
	m.input.SetValue(value)
	m.input.CursorEnd()
	m.mode = naming
	m.validate()
}

// validate says while typing what the API would say.
func (m *model) validate() {
	m.problem = ""
	c, text := m.current(), m.input.Value()
	if err := api.ValidName(text); err != nil {
		m.problem = err.Error()
	} else if m.all.taken[nameOf(c.Kind, text)] && !strings.EqualFold(text, m.nameOf(c)) {
		m.problem = fmt.Sprintf("%q is taken by another %s", text, c.Kind)
	}
}

// nameOf is the name that is planned for a storage, or "".
func (m *model) nameOf(c *Candidate) string {
	for _, step := range m.planned {
		if step.Candidate == c {
			return step.Name
		}
	}
	return ""
}

// forget takes a storage's planned name back.
func (m *model) forget(c *Candidate) {
	m.planned = slices.DeleteFunc(m.planned, func(s Step) bool {
		if s.Candidate == c {
			delete(m.all.taken, nameOf(c.Kind, s.Name))
		}
		return s.Candidate == c
	})
}

// undo takes the last name back and goes to its storage.
func (m *model) undo() {
	if len(m.planned) == 0 {
		return
	}
	last := m.planned[len(m.planned)-1].Candidate
	m.forget(last)
	m.list.Choose(last)
}

func (m *model) current() *Candidate {
	c, _ := m.list.Current()
	return c
}

func (m *model) resize() {
	m.list.Height = m.listHeight()
	m.list.Scroll()
}

// settle has a preview fetched if the cursor stays where it is.
func (m *model) settle() tea.Cmd {
	on := m.current()
	if on == nil {
		return nil
	}
	if _, known := m.previews[on]; known {
		return nil
	}
	return tea.Tick(rest, func(time.Time) tea.Msg { return rested{on} })
}

// names are the planned names, for the screen that asks for confirmation.
func (m *model) names() map[*Candidate]string {
	return maps.Collect(func(yield func(*Candidate, string) bool) {
		for _, step := range m.planned {
			if !yield(step.Candidate, step.Name) {
				return
			}
		}
	})
}
