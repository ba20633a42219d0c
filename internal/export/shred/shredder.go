package shred

import (
	"encoding/binary"
	"errors"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Shredder takes pages apart, one after the other. It remembers places and the
// order of members, so that in items which look alike a key is one comparison of
// bytes. It is for one goroutine.
type Shredder struct {
	// AnyMembers allows items more members than MaxMembers, instead of failing with
	// ErrTooManyMembers.
	AnyMembers bool

	root    *place
	block   uint64 // number of the page
	objects uint64 // number of the object
	nodes   int    // places and shapes there are
	name    []byte // scratch
	digits  []byte // scratch
	slab    []shape
	unique  []byte // scratch: a page without repeated keys
}

// Errors of items.
var (
	ErrNoObject       = errors.New("is not an object: only objects have columns")
	ErrTooManyMembers = errors.New("items have too many members")
	errDuplicate      = errors.New("duplicate key")
	errWide           = errors.New("object with too many members") // the page has to be begun again
)

// maxNodes is from how many places and shapes on a Shredder forgets them all
// before the next page.
const maxNodes = 50_000

// maxKept is how large memory may be that is kept for the next page: a value of
// 100 MB may be the only one.
const maxKept = 8 << 20

// place is a place in items.
type place struct {
	key      string // decoded
	quoted   []byte // the key as it was first spelled
	label    []byte // that and a colon
	head     uint64 // the first eight bytes of it
	headMask uint64 // which of those there are
	parent   *place
	members  map[string]*place
	element  *place
	start    *shape // of the objects here, before their first member
	object   uint64 // the last one that was looked through for duplicates and had the member
	wide     bool   // objects are not taken apart any more

	// What follows is of the current page.
	block    uint64
	children []*place // in the order in which they first occurred
	shapes   []*shape
	values   int
	kind     Kind   // of all values, while they are of one
	mixed    bool   // they are not
	kinds    []byte // of each value then
	data     []byte
	mask     Mask
	longest  int // digits of the longest Big
	nulls    int
	count    int // of objects
	index    int // in the block
}

// shape is how the members of an object begin; the whole object's is what its
// stream holds of it.
type shape struct {
	member *place // the last one
	before *shape // without it
	next   *shape // with one more member, the last that came first
	other  *shape // with another member in the place of this one
	more   map[*place]*shape
	count  int    // of shapes with one more member
	block  uint64 // the last one that had an object of this shape
	index  int    // in that block
}

// fewShapes is up to how many are looked through one by one.
const fewShapes = 8

// Page takes apart the items of a page, which is a JSON array in UTF-8, and appends
// the block to dst. An error is of the item whose index it returns.
func (s *Shredder) Page(dst, page []byte) (block []byte, items int, err error) {
	text := page[rawjson.SkipSpace(page, 0):]
	unique := false
	items, err = s.items(text)
	for errors.Is(err, errDuplicate) || errors.Is(err, errWide) {
		if errors.Is(err, errDuplicate) {
			if unique { // of a page that is not JSON
				return dst, items, rawjson.ErrIncomplete
			}
			unique = true
			if s.unique, err = rawjson.AppendUnique(s.unique[:0], text, MaxDepth); err != nil {
				return dst, items, err
			}
			text = s.unique
		}
		items, err = s.items(text)
	}
	if err != nil {
		return dst, items, err
	}
	return s.appendBlock(dst, items, len(page)), items, nil
}

func (s *Shredder) items(page []byte) (items int, err error) {
	if s.root == nil || s.nodes > maxNodes {
		s.root, s.nodes, s.slab = &place{}, 0, nil
	}
	s.block++
	s.use(s.root)
	i := rawjson.SkipSpace(page, 0)
	if i, err = rawjson.Expect(page, i, '['); err != nil {
		return 0, err
	}
	i = rawjson.SkipSpace(page, i)
	more := i >= len(page) || page[i] != ']'
	if !more {
		i++
	}
	for more {
		if i >= len(page) {
			return items, rawjson.ErrIncomplete
		}
		if page[i] != '{' {
			return items, ErrNoObject
		}
		if i, err = s.object(s.root, page, i, 1); err != nil {
			return items, err
		}
		items++
		if i, more, err = rawjson.Separator(page, i, ']'); err != nil {
			return items, err
		}
	}
	if i = rawjson.SkipSpace(page, i); i != len(page) {
		return items, &rawjson.SyntaxError{Offset: i, Want: "the end"}
	}
	return items, nil
}

// use begins the page's stream of a place.
func (s *Shredder) use(p *place) {
	if cap(p.data) > maxKept {
		p.data = nil
	}
	p.block = s.block
	p.children, p.shapes, p.kinds, p.data = p.children[:0], p.shapes[:0], p.kinds[:0], p.data[:0]
	p.values, p.kind, p.mixed = 0, kindCount, false
	p.mask, p.longest, p.nulls, p.count = 0, 0, 0, 0
	if p.parent != nil {
		p.parent.children = append(p.parent.children, p)
	}
}

func (p *place) add(k Kind) {
	if k != p.kind {
		p.addOther(k)
	}
	p.values++
}

// addOther adds a value whose kind is not that of all before it.
func (p *place) addOther(k Kind) {
	p.mask |= 1 << k
	switch {
	case p.mixed:
	case p.values == 0:
		p.kind = k
		return
	default:
		for range p.values {
			p.kinds = append(p.kinds, byte(p.kind))
		}
		p.kind, p.mixed = kindCount, true
	}
	p.kinds = append(p.kinds, byte(k))
}

func (p *place) addNumber(k Kind, value int64) {
	p.add(k)
	p.append(uint64(value)<<1 ^ uint64(value>>63))
}

func (p *place) addText(k Kind, text []byte) {
	p.add(k)
	p.append(uint64(len(text)))
	p.data = append(p.data, text...)
}

// append is binary.AppendUvarint, faster for the numbers that are common.
func (p *place) append(value uint64) {
	switch {
	case value < 1<<7:
		p.data = append(p.data, byte(value))
	case value < 1<<14:
		p.data = append(p.data, byte(value)|0x80, byte(value>>7))
	default:
		p.data = binary.AppendUvarint(p.data, value)
	}
}

// value reads the value at data[i], which there is; depth counts what is around it.
func (s *Shredder) value(p *place, data []byte, i, depth int) (int, error) {
	if p.block != s.block {
		s.use(p)
	}
	if i >= len(data) {
		return i, rawjson.ErrIncomplete
	}
	switch c := data[i]; {
	case c == '"':
		return p.text(data, i)
	case c-'0' <= 9:
		if end, ok := p.shortInt(data, i); ok {
			return end, nil
		}
		return s.number(p, data, i)
	case c == '{' || c == '[':
		if depth >= MaxDepth || c == '{' && p.wide {
			return p.raw(data, i, depth)
		}
		if c == '{' {
			return s.object(p, data, i, depth+1)
		}
		return s.array(p, data, i, depth+1)
	case c == '-':
		return s.number(p, data, i)
	}
	return p.word(data, i)
}

func (p *place) text(data []byte, i int) (int, error) {
	end, plain, err := scanString(data, i)
	if err != nil {
		return end, err
	}
	text := data[i+1 : end-1]
	switch {
	case !plain:
		p.addText(Escaped, text)
		return end, nil
	case len(text) == len(timeLayout):
		if millis, ok := parseTime(text); ok {
			p.addNumber(Time, millis)
			return end, nil
		}
	case len(text) == 10:
		if days, ok := parseDate(text); ok {
			p.addNumber(Date, days)
			return end, nil
		}
	}
	p.addText(Plain, text)
	return end, nil
}

// shortInt reads a positive integer of a few digits, as most numbers are. It
// reports false for any other number.
func (p *place) shortInt(data []byte, i int) (end int, ok bool) {
	const most = 15
	value, end := uint64(data[i]-'0'), i+1
	for end < len(data) && data[end]-'0' <= 9 {
		value = value*10 + uint64(data[end]-'0')
		end++
	}
	if end-i > most || data[i] == '0' && end > i+1 || end >= len(data) || data[end] == '.' || data[end]|' ' == 'e' {
		return i, false
	}
	p.add(Int)
	p.append(value << 1)
	return end, true
}

func (s *Shredder) number(p *place, data []byte, i int) (int, error) {
	const exact = 1 << 53 // up to here a float64 has every integer
	if value, fraction, end, ok := scanShort(data, i); ok {
		if fraction {
			p.addText(Double, data[i:end])
			return end, nil
		}
		if value > exact || value < -exact {
			p.noteDouble(s, data[i:end])
		}
		p.addNumber(Int, value)
		return end, nil
	}
	n, end, err := scanNumber(data, i, s.digits)
	if err != nil {
		return end, err
	}
	s.digits = n.mantissa[:0]
	text := data[i:end]
	kind, inDouble := n.kind(text)
	if kind == Big && !inDouble {
		p.mask |= NotDouble
	}
	if kind == Big {
		if value, ok := parseInt(text); ok {
			p.addNumber(Int, value)
			return end, nil
		}
		p.longest = max(p.longest, n.digits)
	}
	p.addText(kind, text)
	return end, nil
}

// noteDouble notes an integer that a float64 does not give back.
func (p *place) noteDouble(s *Shredder, text []byte) {
	n, _, err := scanNumber(text, 0, s.digits)
	if err != nil || !n.inDouble(text) {
		p.mask |= NotDouble
	}
}

func (p *place) word(data []byte, i int) (int, error) {
	for kind, word := range [...]string{Null: "null", False: "false", True: "true"} {
		if len(data)-i >= len(word) && string(data[i:i+len(word)]) == word {
			if Kind(kind) == Null {
				p.nulls++
			}
			p.add(Kind(kind))
			return i + len(word), nil
		}
	}
	return i, &rawjson.SyntaxError{Offset: i, Want: "a value"}
}

// raw keeps an object or array as it is.
func (p *place) raw(data []byte, i, depth int) (int, error) {
	end, err := rawjson.SkipValue(data, i)
	if err != nil {
		return end, err
	}
	compact, err := rawjson.AppendCompact(nil, data[i:end])
	if err != nil {
		return end, err
	}
	p.addText(Raw, compact)
	if depth >= MaxDepth {
		p.mask |= Deep
	} else {
		p.mask |= Wide
	}
	return end, nil
}

func (s *Shredder) array(p *place, data []byte, i, depth int) (int, error) {
	i = rawjson.SkipSpace(data, i+1)
	count := uint64(0)
	if i < len(data) && data[i] == ']' {
		i++
	} else {
		if p.element == nil {
			p.element = &place{parent: p}
			s.nodes++
		}
		for more := true; more; count++ {
			var err error
			if i, err = s.value(p.element, data, i, depth); err != nil {
				return i, err
			}
			if i, more, err = rawjson.Separator(data, i, ']'); err != nil {
				return i, err
			}
		}
	}
	p.add(Array)
	p.append(count)
	return i, nil
}
