package input

import (
	"bytes"
	"fmt"
	"io"
)

// Bounds of what is kept in memory at once. Input is read as a stream, however
// large it is, and whatever it inflates to.
const (
	// MaxItem is the most that an item may take as it is written down, a row of a
	// table included: several times what the API takes.
	MaxItem = 32 << 20
	// MaxLine is the most that a line of a list may take, and an element of a
	// sitemap: far more than any URL that a server takes.
	MaxLine = 1 << 20
)

// LimitError is a part of the input that is larger than what is read.
type LimitError struct {
	Line  int // it begins on, counted from 1
	What  string
	Limit int // in bytes
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("line %d: %s has more than %d MB", e.Line, e.What, e.Limit>>20)
}

// scanner looks ahead in a text as far as it has to.
type scanner struct {
	r     io.Reader
	text  []byte // looked at and not passed
	space []byte // the memory that text is in, from its start
	at    place  // of text
	ended error  // of r
}

func newScanner(r io.Reader) *scanner { return &scanner{r: r, space: make([]byte, decodedBytes)} }

// more looks further ahead: it reports false at the end, and what ended it
// otherwise. It is an error of what began where text does to become longer than
// limit.
func (s *scanner) more(limit int, what string) (bool, error) {
	if len(s.text) > limit {
		return false, &LimitError{Line: s.at.line(), What: what, Limit: limit}
	}
	for s.ended == nil {
		if cap(s.text) == len(s.text) {
			if len(s.text) > len(s.space)/2 {
				s.space = make([]byte, 2*len(s.space))
			}
			s.text = s.space[:copy(s.space, s.text)]
		}
		n, err := s.r.Read(s.text[len(s.text):cap(s.text)])
		s.text, s.ended = s.text[:len(s.text)+n], err
		if n > 0 {
			return true, nil
		}
	}
	if s.ended != io.EOF { //nolint:errorlint // a wrapped one is no end
		return false, s.ended
	}
	return false, nil
}

// pass moves behind the next n bytes.
func (s *scanner) pass(n int) {
	s.at.pass(s.text[:n])
	s.text = s.text[n:]
}

// line returns the next line and the line end behind it, LF, CR LF or CR, which
// the last line may lack. They last until the next call. At the end of the text
// both are empty.
func (s *scanner) line(limit int, what string) (text, end []byte, err error) {
	for seen := 0; ; {
		i := bytes.IndexByte(s.text[seen:], '\n')
		if i < 0 {
			i = len(s.text) - seen
		}
		if cr := bytes.IndexByte(s.text[seen:seen+i], '\r'); cr >= 0 {
			i = cr
		}
		i += seen
		n := i
		switch {
		case i < len(s.text) && s.text[i] == '\n':
			n = i + 1
		case i+1 < len(s.text):
			n = i + 1 // a CR
			if s.text[n] == '\n' {
				n++
			}
		}
		if n > i {
			text, end = s.text[:i], s.text[i:n]
			s.pass(n)
			return text, end, nil
		}
		more, err := s.more(limit, what)
		if err != nil {
			return nil, nil, err
		}
		if !more { // what is left is a line without an end, or with CR
			n = len(s.text)
			text, end = s.text[:i], s.text[i:n]
			s.pass(n)
			return text, end, nil
		}
		seen = i
	}
}
