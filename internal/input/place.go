package input

import (
	"bytes"
	"fmt"
)

// place is where in a text something stands. Lines end with LF, CR LF or CR.
type place struct {
	lines  int  // that were passed
	offset int  // bytes of the line that follows them
	cr     bool // the last byte was CR: an LF still belongs to it
}

func (p place) line() int { return p.lines + 1 }

func (p place) String() string { return fmt.Sprintf("line %d, column %d", p.lines+1, p.offset+1) }

// pass moves behind a stretch of text.
func (p *place) pass(text []byte) {
	if !p.cr && bytes.IndexByte(text, '\r') < 0 {
		if last := bytes.LastIndexByte(text, '\n'); last >= 0 {
			p.lines += bytes.Count(text, []byte{'\n'})
			p.offset = -last - 1
		}
		p.offset += len(text)
		return
	}
	for _, c := range text {
		switch {
		case c == '\n' && p.cr:
		case c == '\n' || c == '\r':
			p.lines, p.offset = p.lines+1, 0
		default:
			p.offset++
		}
		p.cr = c == '\r'
	}
}

// behind is the place behind a stretch of text.
func (p place) behind(text []byte) place {
	p.pass(text)
	return p
}
