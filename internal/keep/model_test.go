package keep

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/apifyctl/apifyctl/internal/api"
)

func someModel(t *testing.T, count int) *model {
	t.Helper()
	all := &Inventory{taken: map[name]bool{nameOf(api.KindDataset, "taken"): true}}
	for i := range count {
		c := one(api.KindDataset, fmt.Sprintf("id%d", i), "scraper")
		c.Facts.ActRunID = fmt.Sprintf("run%d\x1b[2J", i)
		all.Candidates = append(all.Candidates, c)
	}
	suggest, err := ParseTemplate(DefaultTemplate)
	if err != nil {
		t.Fatal(err)
	}
	return newModel(all, suggest, func(*Candidate) (string, error) { return "", errors.New("gone\x1b[31m") })
}

// press sends keys: names of keys, or text to type.
func (m *model) press(keys ...string) {
	special := map[string]tea.Key{
		"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape},
		"end": {Code: tea.KeyEnd}, "pgup": {Code: tea.KeyPgUp}, "backspace": {Code: tea.KeyBackspace},
		"ctrl+z": {Code: 'z', Mod: tea.ModCtrl}, "ctrl+s": {Code: 's', Mod: tea.ModCtrl}, "ctrl+c": {Code: 'c', Mod: tea.ModCtrl},
		"ctrl+u": {Code: 'u', Mod: tea.ModCtrl},
	}
	for _, key := range keys {
		if known, ok := special[key]; ok {
			m.Update(tea.KeyPressMsg(known))
			continue
		}
		for _, r := range key {
			m.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
}

func TestWalkNamesAndUndoes(t *testing.T) {
	m := someModel(t, 5)
	m.press("down", "enter", "enter", "enter", "ctrl+u", "mine", "enter")
	if len(m.planned) != 2 || m.planned[0].Facts.ID != "id1" || m.planned[0].Name != "scraper-2026-03-04" || m.planned[1].Name != "mine" {
		t.Fatalf("planned %+v", m.planned)
	}
	m.press("ctrl+z")
	if len(m.planned) != 1 || m.current().Facts.ID != "id2" || m.all.taken[nameOf(api.KindDataset, "mine")] {
		t.Errorf("after undo: %+v at %s", m.planned, m.current().Facts.ID)
	}
	// Naming one again changes its name, and gives the old one back.
	m.press("up", "enter", "ctrl+u", "Other", "enter", "ctrl+s")
	if len(m.planned) != 1 || m.planned[0].Name != "Other" || m.mode != confirming || m.all.taken[nameOf(api.KindDataset, "scraper-2026-03-04")] {
		t.Errorf("after renaming: %+v", m.planned)
	}
	m.press("n")
	if m.confirmed || m.mode != browsing {
		t.Error("n confirms")
	}
	m.press("ctrl+s", "y")
	if !m.confirmed || m.cancelled {
		t.Error("y does not confirm")
	}
}

func TestWalkValidatesWhileTyping(t *testing.T) {
	m := someModel(t, 2)
	m.press("enter", "ctrl+u")
	for text, good := range map[string]bool{"TAKEN": false, "a b": false, "-a": false, "ok": true} {
		m.input.SetValue("")
		m.press(text)
		if (m.problem == "") != good {
			t.Errorf("%q: %q", text, m.problem)
		}
	}
	m.input.SetValue("")
	m.press("taken", "enter")
	if len(m.planned) != 0 || m.mode != naming {
		t.Error("a name that is taken was accepted")
	}
	m.press("esc", "ctrl+z", "ctrl+s")
	if m.mode != browsing {
		t.Error("there is something to confirm")
	}
}

func TestWalkFilters(t *testing.T) {
	m := someModel(t, 30)
	m.press("end", "id2")
	if len(m.list.Visible) != 11 || m.current().Facts.ID != "id29" {
		t.Errorf("%d visible, at %s", len(m.list.Visible), m.current().Facts.ID)
	}
	m.press("-none")
	if len(m.list.Visible) != 0 || m.current() != nil || !strings.Contains(m.screen(), "nothing matches") {
		t.Errorf("%d visible", len(m.list.Visible))
	}
	m.press("enter", "up", "esc")
	if len(m.list.Visible) != 30 || m.mode != browsing {
		t.Errorf("%d visible", len(m.list.Visible))
	}
	m.press("ctrl+c")
	if !m.cancelled {
		t.Error("not cancelled")
	}
}

// Whatever the size, the screen is filled and not exceeded, the chosen one is on
// it, and nothing from elsewhere steers the terminal.
func TestScreenFits(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 50}, {120, 10}, {30, 6}, {1, 1}, {10, 2}} {
		m := someModel(t, 60)
		m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		m.Update(m.fetch(m.current()))
		check := func(when string) {
			lines := strings.Split(m.screen(), "\n")
			if len(lines) != size[1] {
				t.Errorf("%v %s: %d lines", size, when, len(lines))
			}
			for _, line := range lines {
				if ansi.StringWidth(line) > size[0] {
					t.Errorf("%v %s: %q is too wide", size, when, line)
				}
				if strings.Contains(line, "\x1b[2J") || strings.Contains(line, "gone\x1b[31m") {
					t.Errorf("%v %s: an escape sequence got through: %q", size, when, line)
				}
			}
			if size[1] > 4 && size[0] > 20 && m.mode == browsing && !strings.Contains(m.screen(), "> ") {
				t.Errorf("%v %s: the chosen one is not on the screen", size, when)
			}
		}
		check("at first")
		m.press("end")
		check("at the end")
		m.press("pgup", "enter")
		check("naming")
		for range 40 {
			m.press("enter")
		}
		m.press("esc", "ctrl+s")
		check("confirming")
	}
}

// A preview is fetched for where the cursor rests, once.
func TestPreviewIsFetchedOnce(t *testing.T) {
	m := someModel(t, 3)
	if _, command := m.Update(rested{m.all.Candidates[2]}); command != nil {
		t.Error("a preview is fetched of what the cursor has left")
	}
	_, command := m.Update(rested{m.current()})
	if command == nil {
		t.Fatal("no preview is fetched")
	}
	m.Update(command())
	if _, again := m.Update(rested{m.current()}); again != nil || m.settle() != nil {
		t.Error("a preview is fetched twice")
	}
}
