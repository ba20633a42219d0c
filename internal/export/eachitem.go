package export

import (
	"errors"
	"slices"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// itemEncoder appends the item that starts at data[i], and returns the offset
// behind it.
type itemEncoder = func(dst, data []byte, i int) (out []byte, end int, err error)

// eachItem encodes the items of a page one after the other, a line each. One in
// which a key repeats is encoded again without the members that a later one
// replaces.
func eachItem(p *piece, encode itemEncoder) error {
	page := p.page
	p.reserve()
	i, err := rawjson.Expect(page, rawjson.SkipSpace(page, 0), '[')
	if err != nil {
		return err
	}
	i = rawjson.SkipSpace(page, i)
	more := i >= len(page) || page[i] != ']'
	if !more {
		i++
	}
	for more {
		buf, end, err := encode(p.buf, page, i)
		if errors.Is(err, errRepeated) {
			buf, end, err = encodeUnique(p.buf, page, i, encode)
		}
		if err == nil {
			buf = append(buf, '\n')
			p.buf = buf
			i, more, err = rawjson.Separator(page, end, ']')
		}
		if err != nil {
			return pageItemError(p.items, err)
		}
		p.items++
	}
	if i = rawjson.SkipSpace(page, i); i != len(page) {
		return &rawjson.SyntaxError{Offset: i, Want: "the end"}
	}
	p.encoded()
	return nil
}

// encoded ends the encoding of a page into buf.
func (p *piece) encoded() {
	p.out = p.buf
	p.growth = float64(len(p.buf)) / float64(len(p.page))
	p.letGo()
}

// reserve makes room for what a page will become, going by the last one: growing
// step by step would take several times the memory.
func (p *piece) reserve() {
	const (
		first = 1.5 // about what markup adds
		spare = 1.02
	)
	growth := p.growth * spare
	if growth == 0 {
		growth = first
	}
	p.buf = slices.Grow(p.buf[:0], int(growth*float64(len(p.page))))
}

func encodeUnique(dst, data []byte, i int, encode itemEncoder) ([]byte, int, error) {
	end, err := rawjson.SkipValue(data, i)
	if err != nil {
		return dst, end, err
	}
	unique, err := flatten.AppendUnique(nil, data[i:end])
	if err != nil {
		return dst, end, err
	}
	dst, _, err = encode(dst, unique, 0)
	return dst, end, err
}
