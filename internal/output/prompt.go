package output

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// ErrNotInteractive means that a question would have to be answered and there
// is nobody to ask: stdin or stderr is no terminal, or input is switched off.
var ErrNotInteractive = errors.New("nobody is there to answer")

// longestAnswer is how many bytes of a line are looked at.
const longestAnswer = 1000

// CanAsk tells whether a question can be asked at all.
func (s *Streams) CanAsk() bool {
	return !s.NoInput && s.InTerminal && s.ErrTerminal
}

// Confirm asks a question on stderr and reads a line from stdin. Only "y" and
// "yes" are a yes; the end of input is a no. See Ask.
func (s *Streams) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := s.Ask(ctx, question+" [y/N]")
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

// Ask prints a question on stderr and reads a line from stdin, without the white
// space around it. The end of input is an empty line. When ctx ends, so does the
// wait, with ctx's error; the read itself cannot be interrupted and takes the
// next line with it, so a program should not ask again after that.
func (s *Streams) Ask(ctx context.Context, question string) (string, error) {
	return s.ask(ctx, question, readLine)
}

// AskSecret is Ask for what must not show on the screen.
func (s *Streams) AskSecret(ctx context.Context, question string) (string, error) {
	file, ok := s.In.(*os.File)
	if !ok || !s.CanAsk() {
		return "", ErrNotInteractive
	}
	descriptor := int(file.Fd())
	before, err := term.GetState(descriptor)
	if err != nil {
		return "", err
	}
	answer, err := s.ask(ctx, question, func(io.Reader) ([]byte, error) {
		line, err := term.ReadPassword(descriptor)
		if err == nil {
			_, err = io.WriteString(s.Err, "\n") // the one that was typed did not show
		}
		return line, err
	})
	if ctx.Err() != nil {
		// The read still waits, and with it the terminal would stay silent.
		err = errors.Join(err, term.Restore(descriptor, before))
	}
	return answer, err
}

func (s *Streams) ask(ctx context.Context, question string, read func(io.Reader) ([]byte, error)) (string, error) {
	if !s.CanAsk() {
		return "", ErrNotInteractive
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if _, err := io.WriteString(s.Err, Safe(question)+" "); err != nil {
		return "", err
	}
	type reply struct {
		line []byte
		err  error
	}
	replies := make(chan reply, 1)
	go func() {
		line, err := read(s.In)
		replies <- reply{line, err}
	}()
	select {
	case <-ctx.Done():
		// The error that follows gets a line of its own.
		_, _ = io.WriteString(s.Err, "\n")
		return "", ctx.Err()
	case answer := <-replies:
		switch {
		case ctx.Err() != nil: // both at once: an interruption wins
			return "", ctx.Err()
		case errors.Is(answer.err, io.EOF):
			_, _ = io.WriteString(s.Err, "\n")
			return "", nil
		case answer.err != nil:
			return "", answer.err
		}
		if status, ok := s.Err.(*statusWriter); ok {
			status.startLine()
		}
		return string(bytes.TrimSpace(answer.line)), nil
	}
}

// readLine reads byte by byte, so that what is typed ahead stays for whoever
// reads next.
func readLine(r io.Reader) ([]byte, error) {
	var line []byte
	var one [1]byte
	for {
		n, err := r.Read(one[:])
		if n == 1 {
			if one[0] == '\n' {
				return line, nil
			}
			if len(line) < longestAnswer {
				line = append(line, one[0])
			}
		}
		if err != nil {
			return line, err
		}
	}
}
