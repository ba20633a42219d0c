package output

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
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
// "yes" are a yes; the end of input is a no. When ctx ends, so does the wait,
// with ctx's error; the read itself cannot be interrupted and takes the next
// line with it, so a program should not ask again after that.
func (s *Streams) Confirm(ctx context.Context, question string) (bool, error) {
	if !s.CanAsk() {
		return false, ErrNotInteractive
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if _, err := io.WriteString(s.Err, Safe(question)+" [y/N] "); err != nil {
		return false, err
	}
	type reply struct {
		line []byte
		err  error
	}
	replies := make(chan reply, 1)
	go func() {
		line, err := readLine(s.In)
		replies <- reply{line, err}
	}()
	select {
	case <-ctx.Done():
		// The error that follows gets a line of its own.
		_, _ = io.WriteString(s.Err, "\n")
		return false, ctx.Err()
	case answer := <-replies:
		switch {
		case ctx.Err() != nil: // both at once: an interruption wins
			return false, ctx.Err()
		case errors.Is(answer.err, io.EOF):
			_, _ = io.WriteString(s.Err, "\n")
			return false, nil
		case answer.err != nil:
			return false, answer.err
		}
		if status, ok := s.Err.(*statusWriter); ok {
			status.startLine()
		}
		text := strings.ToLower(string(bytes.TrimSpace(answer.line)))
		return text == "y" || text == "yes", nil
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
