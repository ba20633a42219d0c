package choose

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

func some(count int) *one {
	var entries []Entry
	for i := range count {
		entries = append(entries, Entry{ID: fmt.Sprintf("id%d", i), Cells: []string{fmt.Sprintf("name%d\x1b[2J", i), fmt.Sprintf("id%d", i), "3 items"}})
	}
	return newOne("Choose a dataset", entries)
}

// press sends keys: names of keys, or text to type. It tells whether the program
// has ended.
func (m *one) press(keys ...string) (ended bool) {
	special := map[string]tea.Key{
		"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "end": {Code: tea.KeyEnd}, "pgdown": {Code: tea.KeyPgDown},
		"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "ctrl+c": {Code: 'c', Mod: tea.ModCtrl},
	}
	send := func(key tea.Key) {
		if _, command := m.Update(tea.KeyPressMsg(key)); command != nil {
			_, quit := command().(tea.QuitMsg)
			ended = ended || quit
		}
	}
	for _, key := range keys {
		if known, ok := special[key]; ok {
			send(known)
			continue
		}
		for _, r := range key {
			send(tea.Key{Code: r, Text: string(r)})
		}
	}
	return ended
}

func TestOne(t *testing.T) {
	for _, c := range []struct {
		name   string
		keys   []string
		ended  bool
		chosen string // "" for none
	}{
		{"the first", []string{"enter"}, true, "id0"},
		{"walked to", []string{"down", "down", "up", "enter"}, true, "id1"},
		{"the last", []string{"end", "down", "enter"}, true, "id29"},
		{"filtered, whatever the case", []string{"NAME2 ID25", "enter"}, true, "id25"},
		{"nothing matches", []string{"nobody", "enter"}, false, ""},
		{"the filter cleared", []string{"nobody", "esc", "enter"}, true, "id0"},
		{"cancelled", []string{"esc"}, true, ""},
		{"cancelled while filtering", []string{"name", "ctrl+c"}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := some(30)
			if ended := m.press(c.keys...); ended != c.ended {
				t.Errorf("ended: %v, want %v", ended, c.ended)
			}
			chosen := ""
			if m.chosen != nil {
				chosen = m.chosen.ID
			}
			if chosen != c.chosen {
				t.Errorf("chosen: %q, want %q", chosen, c.chosen)
			}
		})
	}
}

// The screen is filled exactly at every size, shows the chosen one, and lets no
// escape sequence of a name through.
func TestOneFitsTheScreen(t *testing.T) {
	for _, size := range []tea.WindowSizeMsg{{Width: 80, Height: 24}, {Width: 200, Height: 50}, {Width: 20, Height: 5}, {Width: 5, Height: 2}} {
		t.Run(fmt.Sprintf("%dx%d", size.Width, size.Height), func(t *testing.T) {
			m := some(100)
			m.Update(size)
			m.press("pgdown", "down")
			screen := m.View().Content
			lines := strings.Split(screen, "\n")
			if len(lines) != size.Height {
				t.Errorf("%d lines, want %d", len(lines), size.Height)
			}
			for _, line := range lines {
				if width := ansi.StringWidth(line); width > size.Width {
					t.Errorf("%q is %d wide, want %d at most", line, width, size.Width)
				}
			}
			if strings.Contains(screen, "\x1b[2J") {
				t.Error("a name clears the screen")
			}
			if current, _ := m.list.Current(); size.Height > around && size.Width > 10 && !strings.Contains(screen, "> "+current.Cells[0][:5]) {
				t.Errorf("the chosen %s is not on the screen:\n%s", current.ID, screen)
			}
		})
	}
}
