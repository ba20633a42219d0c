package rawjson

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// deepest is how deep values may be nested, as in encoding/json.
const deepest = 10_000

// AppendChecked appends a JSON value to dst without the white space between its
// parts; everything else stays as it came. Unlike the rest of this package it
// checks the spelling of scalars too, so that what it accepts is what
// encoding/json.Valid accepts. An error leaves dst as it was.
func AppendChecked(dst, value []byte) ([]byte, error) {
	c := compactor{in: value, out: slices.Grow(dst, len(value))}
	if err := c.run(); err != nil {
		return dst, err
	}
	return c.out, nil
}

// compactor copies what lies between stretches of white space.
type compactor struct {
	in, out  []byte
	at, from int    // what is behind from, up to at, has not been copied
	open     []bool // of the containers around at: whether it is an object
}

func (c *compactor) run() error {
	for {
		opened, err := c.value()
		if err != nil {
			return err
		}
		if opened {
			continue
		}
		if done, err := c.after(); done || err != nil {
			return err
		}
	}
}

// value reads a scalar or an empty container, or opens one.
func (c *compactor) value() (opened bool, err error) {
	c.space()
	if c.at == len(c.in) {
		return false, ErrIncomplete
	}
	switch b := c.in[c.at]; {
	case b == '"':
		return false, c.text()
	case b == '{' || b == '[':
		return c.enter(b == '{')
	case b == '-' || b >= '0' && b <= '9':
		return false, c.number()
	case b == 't':
		return false, c.word("true")
	case b == 'f':
		return false, c.word("false")
	case b == 'n':
		return false, c.word("null")
	}
	return false, c.wrong("a value")
}

func (c *compactor) enter(object bool) (opened bool, err error) {
	if len(c.open) == deepest {
		return false, c.wrong("less nesting")
	}
	c.at++
	c.space()
	if c.at == len(c.in) {
		return false, ErrIncomplete
	}
	if c.in[c.at] == ']' && !object || c.in[c.at] == '}' && object {
		c.at++
		return false, nil
	}
	c.open = append(c.open, object)
	if object {
		return true, c.key()
	}
	return true, nil
}

// key reads a member's key and the colon behind it.
func (c *compactor) key() error {
	c.space()
	if c.at == len(c.in) {
		return ErrIncomplete
	}
	if c.in[c.at] != '"' {
		return c.wrong("a key")
	}
	if err := c.text(); err != nil {
		return err
	}
	c.space()
	if c.at == len(c.in) {
		return ErrIncomplete
	}
	if c.in[c.at] != ':' {
		return c.wrong("a colon")
	}
	c.at++
	return nil
}

// after goes on behind a value, to the next one or to the end.
func (c *compactor) after() (done bool, err error) {
	for {
		c.space()
		depth := len(c.open)
		if depth == 0 {
			if c.at < len(c.in) {
				return false, c.wrong("the end")
			}
			c.out = append(c.out, c.in[c.from:]...)
			return true, nil
		}
		if c.at == len(c.in) {
			return false, ErrIncomplete
		}
		object := c.open[depth-1]
		switch b := c.in[c.at]; {
		case b == ',':
			c.at++
			if object {
				return false, c.key()
			}
			return false, nil
		case b == '}' && object, b == ']' && !object:
			c.at++
			c.open = c.open[:depth-1]
		default:
			return false, c.wrong("a comma or the end of the container")
		}
	}
}

// space leaves white space out.
func (c *compactor) space() {
	if c.at == len(c.in) || c.in[c.at] > ' ' {
		return
	}
	c.out = append(c.out, c.in[c.from:c.at]...)
	for c.at < len(c.in) {
		if b := c.in[c.at]; b != '\n' && b != '\t' && b != ' ' && b != '\r' {
			break
		}
		c.at++
	}
	c.from = c.at
}

// text reads a string, eight bytes at a time where there is nothing special.
func (c *compactor) text() error {
	in, at := c.in, c.at+1
	for {
		for at+8 <= len(in) {
			word := binary.LittleEndian.Uint64(in[at:])
			quotes, escapes := word^('"'*EachByte), word^('\\'*EachByte)
			// The lowest bit that is set is right; those above it need not be.
			special := ((quotes-EachByte)&^quotes | (escapes-EachByte)&^escapes | (word-' '*EachByte)&^word) & HighBits
			if special != 0 {
				at += bits.TrailingZeros64(special) / 8
				break
			}
			at += 8
		}
		for at < len(in) && in[at] != '"' && in[at] != '\\' && in[at] >= ' ' {
			at++
		}
		if at == len(in) {
			return ErrIncomplete
		}
		c.at = at
		switch in[at] {
		case '"':
			c.at++
			return nil
		case '\\':
			if err := c.escape(); err != nil {
				return err
			}
			at = c.at
		default:
			return c.wrong("no control character")
		}
	}
}

func (c *compactor) escape() error {
	c.at++
	if c.at == len(c.in) {
		return ErrIncomplete
	}
	switch c.in[c.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		c.at++
		return nil
	case 'u':
	default:
		return c.wrong("an escape")
	}
	for range 4 {
		c.at++
		if c.at == len(c.in) {
			return ErrIncomplete
		}
		if b := c.in[c.at] | 0x20; (b < '0' || b > '9' || c.in[c.at] < '0') && (b < 'a' || b > 'f') {
			return c.wrong("a hexadecimal digit")
		}
	}
	c.at++
	return nil
}

func (c *compactor) number() error {
	if c.in[c.at] == '-' {
		c.at++
	}
	if c.at < len(c.in) && c.in[c.at] == '0' {
		c.at++
	} else if err := c.digits(); err != nil {
		return err
	}
	if c.at < len(c.in) && c.in[c.at] == '.' {
		c.at++
		if err := c.digits(); err != nil {
			return err
		}
	}
	if c.at < len(c.in) && c.in[c.at]|0x20 == 'e' {
		c.at++
		if c.at < len(c.in) && (c.in[c.at] == '+' || c.in[c.at] == '-') {
			c.at++
		}
		return c.digits()
	}
	return nil
}

// digits reads one or more.
func (c *compactor) digits() error {
	start := c.at
	for c.at < len(c.in) && c.in[c.at]-'0' <= 9 {
		c.at++
	}
	switch {
	case c.at > start:
		return nil
	case c.at == len(c.in):
		return ErrIncomplete
	}
	return c.wrong("a digit")
}

func (c *compactor) word(want string) error {
	for i := range len(want) {
		if c.at == len(c.in) {
			return ErrIncomplete
		}
		if c.in[c.at] != want[i] {
			return c.wrong(want)
		}
		c.at++
	}
	return nil
}

func (c *compactor) wrong(want string) error { return &SyntaxError{Offset: c.at, Want: want} }
