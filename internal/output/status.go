package output

import (
	"io"
	"strings"
	"sync"

	"github.com/mattn/go-runewidth"
)

// statusWriter keeps one line at the bottom of a terminal, the status, out of
// the way of everything else that is written. The line is wiped with spaces, so
// that terminals without escape sequences do it too.
type statusWriter struct {
	mutex   sync.Mutex
	w       io.Writer
	columns int  // of the status on the screen; 0: there is none
	midLine bool // what was written last did not end its line
}

func newStatusWriter(w io.Writer) *statusWriter {
	return &statusWriter{w: w}
}

// Write wipes the status; the next show puts it back.
func (s *statusWriter) Write(data []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.wipe()
	if len(data) > 0 {
		s.midLine = data[len(data)-1] != '\n'
	}
	return s.w.Write(data)
}

// show replaces the status, cut to width columns, unless somebody is in the
// middle of a line.
func (s *statusWriter) show(text string, width int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.midLine {
		return
	}
	text = runewidth.Truncate(text, max(width-statusMargin, 1), "…")
	columns := runewidth.StringWidth(text)
	padding := strings.Repeat(" ", max(0, s.columns-columns))
	// That a status cannot be written stops nothing.
	_, _ = io.WriteString(s.w, "\r"+text+padding)
	s.columns = max(columns, s.columns)
}

// clear takes the status away.
func (s *statusWriter) clear() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.wipe()
}

// statusMargin is kept free: a terminal puts ^C behind the status, and some wrap
// a line that is as wide as they are.
const statusMargin = len("^C") + 1

// startLine says that the terminal itself ended the line, as it does when a
// person presses Enter.
func (s *statusWriter) startLine() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.midLine = false
}

func (s *statusWriter) wipe() {
	if s.columns > 0 {
		_, _ = io.WriteString(s.w, "\r"+strings.Repeat(" ", s.columns+len("^C"))+"\r")
		s.columns = 0
	}
}
