package shred

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Block is a page that was taken apart: its places in preorder, each before those
// inside of it, members in the order in which they first occurred. The streams
// are read when they are asked for.
type Block struct {
	Items  int
	Bytes  int // of the page
	Places []Place

	source io.ReaderAt
	base   int64 // of the streams
}

// Place is a place in items, and what is known of the values there.
type Place struct {
	Parent   int    // -1 for the items themselves
	Key      string // decoded
	Quoted   []byte // as it was first spelled; nil for the elements of an array
	Children []int
	Mask     Mask
	Longest  int // digits of the longest Big
	Values   int // nulls included
	Nulls    int
	Objects  int     // that were taken apart
	Shapes   [][]int // members of the objects by their shape: places

	uniform  bool // all values are of the only kind in Mask
	at       int64
	kinds    int // bytes of the stream at at; 0 where uniform
	data     int // bytes behind that
	lastInto int // the last place inside of this one
}

// The block as bytes: the length of what follows up to the streams in four bytes,
// items, bytes and number of places, then the places, all as varints.
const blockHead = 4

func (s *Shredder) appendBlock(dst []byte, items, size int) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, blockHead)...)
	var places []*place
	var list func(*place)
	list = func(p *place) {
		p.index = len(places)
		places = append(places, p)
		for _, child := range p.children {
			list(child)
		}
	}
	list(s.root)
	for _, number := range []int{items, size, len(places)} {
		dst = binary.AppendUvarint(dst, uint64(number))
	}
	for _, p := range places {
		dst = p.appendHead(dst)
	}
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-blockHead))
	room := 0
	for _, p := range places {
		room += len(p.kinds) + len(p.data)
	}
	dst = slices.Grow(dst, room)
	for _, p := range places {
		dst = append(append(dst, p.kinds...), p.data...)
	}
	return dst
}

func (p *place) appendHead(dst []byte) []byte {
	parent := 0
	if p.parent != nil {
		parent = p.parent.index + 1
	}
	for _, number := range []int{parent, int(p.mask), p.longest, p.values, p.nulls, p.count, len(p.kinds), len(p.data), len(p.quoted)} {
		dst = binary.AppendUvarint(dst, uint64(number))
	}
	dst = append(dst, p.quoted...)
	dst = binary.AppendUvarint(dst, uint64(len(p.shapes)))
	for _, sh := range p.shapes {
		members := 0
		for at := sh; at.member != nil; at = at.before {
			members++
		}
		dst = binary.AppendUvarint(dst, uint64(members))
		for at := sh; at.member != nil; at = at.before { // the last one first
			dst = binary.AppendUvarint(dst, uint64(at.member.index))
		}
	}
	return dst
}

var errBlock = errors.New("damaged block of columns")

// Open reads the places of the block at an offset of source.
func Open(source io.ReaderAt, at int64) (*Block, error) {
	var length [blockHead]byte
	if _, err := source.ReadAt(length[:], at); err != nil {
		return nil, fmt.Errorf("%w: %w", errBlock, err)
	}
	text := make([]byte, binary.LittleEndian.Uint32(length[:]))
	if _, err := source.ReadAt(text, at+blockHead); err != nil {
		return nil, fmt.Errorf("%w: %w", errBlock, err)
	}
	b := &Block{source: source, base: at + blockHead + int64(len(text))}
	in := &reader{data: text}
	b.Items, b.Bytes = in.number(), in.number()
	b.Places = make([]Place, in.number())
	offset := b.base
	for i := range b.Places {
		p := &b.Places[i]
		p.read(in)
		p.at = offset
		offset += int64(p.kinds + p.data)
		if p.Parent >= 0 {
			b.Places[p.Parent].Children = append(b.Places[p.Parent].Children, i)
		}
	}
	for i := len(b.Places) - 1; i >= 0; i-- {
		p := &b.Places[i]
		p.lastInto = max(p.lastInto, i)
		if p.Parent >= 0 {
			parent := &b.Places[p.Parent]
			parent.lastInto = max(parent.lastInto, p.lastInto)
		}
	}
	return b, nil
}

func (p *Place) read(in *reader) {
	p.Parent = in.number() - 1
	p.Mask, p.Longest = Mask(in.number()), in.number()
	p.Values, p.Nulls, p.Objects = in.number(), in.number(), in.number()
	p.kinds, p.data = in.number(), in.number()
	_, p.uniform = p.Mask.only()
	if quoted := in.take(in.number()); len(quoted) > 0 {
		p.Quoted, p.Key = quoted, string(rawjson.AppendUnquoted(nil, quoted))
	}
	p.Shapes = make([][]int, in.number())
	for i := range p.Shapes {
		members := make([]int, in.number())
		for j := range members {
			members[len(members)-1-j] = in.number()
		}
		p.Shapes[i] = members
	}
}

// reader reads what a Shredder has written in this process.
type reader struct{ data []byte }

func (r *reader) number() int {
	value, size := binary.Uvarint(r.data)
	r.data = r.data[size:]
	return int(value)
}

func (r *reader) take(n int) []byte {
	taken := r.data[:n]
	r.data = r.data[n:]
	return taken
}

// Member finds a member of the objects at a place.
func (b *Block) Member(place int, key string) (int, bool) {
	for _, child := range b.Places[place].Children {
		if p := &b.Places[child]; p.Key == key && p.Quoted != nil {
			return child, true
		}
	}
	return 0, false
}

// Element is the place of the elements of the arrays at a place.
func (b *Block) Element(place int) (int, bool) {
	for _, child := range b.Places[place].Children {
		if b.Places[child].Quoted == nil {
			return child, true
		}
	}
	return 0, false
}
