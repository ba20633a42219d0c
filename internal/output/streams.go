// Package output is what a person sees: the standard streams, notes, progress,
// questions, and text made safe for a terminal.
package output

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/apifyctl/apifyctl/internal/secret"
)

// ErrClosedPipe means that the reader of stdout went away, as `head` does once
// it has seen enough. It is no failure of the command.
var ErrClosedPipe = errors.New("nobody reads standard output any more")

// defaultWidth is assumed for a terminal that does not tell its size.
const defaultWidth = 80

// Streams are the three standard streams and what is known of them.
type Streams struct {
	In  io.Reader
	Out io.Writer // data; answers ErrClosedPipe once its reader is gone
	Err io.Writer // everything else; keeps clear of a progress bar

	InTerminal, OutTerminal, ErrTerminal bool
	OutColor, ErrColor                   bool

	Quiet   bool // no notes and no progress
	NoInput bool // never ask

	outWidth, errWidth func() int // nil: not known
	screen             Screen
}

// NewStreams decides once which streams are terminals and whether they get
// colour: terminals do, unless NO_COLOR holds anything at all or TERM is "dumb".
//
// A program that wants ErrClosedPipe instead of being killed has to ignore
// SIGPIPE: Go's runtime dies of it when descriptor 1 or 2 is written to.
func NewStreams(in, out, err *os.File, getenv func(string) string) *Streams {
	color := getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	s := &Streams{
		In:          in,
		Out:         &pipeWriter{out},
		Err:         newStatusWriter(err),
		InTerminal:  isTerminal(in),
		OutTerminal: isTerminal(out),
		ErrTerminal: isTerminal(err),
		outWidth:    widthOf(out),
		errWidth:    widthOf(err),
		screen:      Screen{in, err},
	}
	s.OutColor = s.OutTerminal && color && enableEscapes(out)
	s.ErrColor = s.ErrTerminal && color && enableEscapes(err)
	return s
}

// Width is the number of columns of stdout's terminal: 80 where it does not
// say, 0 where stdout is no terminal.
func (s *Streams) Width() int {
	if !s.OutTerminal {
		return 0
	}
	return knownWidth(s.outWidth)
}

// Screen is the terminal of stdin and stderr, for a program that takes it over.
type Screen struct{ In, Out *os.File }

// Screen tells whether there is one, and that a person may be asked on it.
func (s *Streams) Screen() (Screen, bool) {
	return s.screen, s.CanAsk() && s.screen.In != nil && s.screen.Out != nil
}

// ErrWidth is the same of stderr's terminal.
func (s *Streams) ErrWidth() int {
	if !s.ErrTerminal {
		return 0
	}
	return knownWidth(s.errWidth)
}

// Notef writes a line to stderr, unless Quiet. Control characters in it are
// made visible. That stderr cannot be written to stops no command.
func (s *Streams) Notef(format string, args ...any) {
	if !s.Quiet {
		s.line(fmt.Sprintf(format, args...))
	}
}

// Warnf writes a line to stderr that starts with "warning: ", also with Quiet. It is
// often an error's text, and the secrets of a pasted URL are taken out as there.
func (s *Streams) Warnf(format string, args ...any) {
	s.line("warning: " + secret.Redact(fmt.Sprintf(format, args...)))
}

func (s *Streams) line(text string) {
	_, _ = io.WriteString(s.Err, Safe(text)+"\n")
}

// pipeWriter tells a closed pipe from every other failure, such as that of a
// network connection, which is a broken pipe to the system as well.
type pipeWriter struct{ w io.Writer }

func (p *pipeWriter) Write(data []byte) (int, error) {
	n, err := p.w.Write(data)
	if err != nil && isClosedPipe(err) {
		return n, ErrClosedPipe
	}
	return n, err
}

func isTerminal(f *os.File) bool {
	return f != nil && term.IsTerminal(int(f.Fd()))
}

func widthOf(f *os.File) func() int {
	return func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0
		}
		return width
	}
}

func knownWidth(ask func() int) int {
	if ask != nil {
		if width := ask(); width > 0 {
			return width
		}
	}
	return defaultWidth
}
