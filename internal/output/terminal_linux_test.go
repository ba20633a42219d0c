package output

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal returns the program's side of a new pseudo-terminal of 100
// columns.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { _ = control.Close() })
	descriptor := int(control.Fd())
	if err := unix.IoctlSetPointerInt(descriptor, unix.TIOCSPTLCK, 0); err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	number, err := unix.IoctlGetInt(descriptor, unix.TIOCGPTN)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	if err := unix.IoctlSetWinsize(descriptor, unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 100}); err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return terminal
}

func TestNewStreamsOnATerminal(t *testing.T) {
	terminal := openTerminal(t)
	for _, test := range []struct {
		name        string
		environment map[string]string
		color       bool
	}{
		{"usual", map[string]string{"TERM": "xterm"}, true},
		{"NO_COLOR", map[string]string{"TERM": "xterm", "NO_COLOR": "0"}, false},
		{"NO_COLOR empty", map[string]string{"TERM": "xterm", "NO_COLOR": ""}, true},
		{"dumb", map[string]string{"TERM": "dumb"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := NewStreams(terminal, terminal, terminal, func(name string) string { return test.environment[name] })
			if !s.InTerminal || !s.OutTerminal || !s.ErrTerminal {
				t.Errorf("not taken for a terminal: %+v", s)
			}
			if s.OutColor != test.color || s.ErrColor != test.color {
				t.Errorf("colour: %v, %v, want %v", s.OutColor, s.ErrColor, test.color)
			}
			if got := s.Width(); got != 100 {
				t.Errorf("Width = %d, want 100", got)
			}
		})
	}
}
