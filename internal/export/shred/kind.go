// Package shred takes items apart: what stands at one place of all items of a
// page, a member of an object or the elements of an array, comes to stand
// together in a stream. Formats by column are written from these streams, and
// what items are made of is found out from them.
//
// Nothing is lost but white space, earlier ones of members with the same key,
// and whether a character was escaped: the JSON text of every value can be put
// together again.
package shred

import "math/bits"

// Kind is what a value is, and what its stream holds of it.
type Kind uint8

// The kinds. Numbers are told apart by what holds them without losing a digit.
const (
	Null    Kind = iota // nothing
	False               // nothing
	True                // nothing
	Int                 // integer within 64 bits: zigzag varint
	Big                 // integer beyond, of at most 38 digits: text
	Double              // number with a fraction or an exponent that a float64 gives back: text
	Odd                 // any other number, -0 included: text
	Time                // string such as 2024-02-29T23:59:59.000Z: milliseconds since 1970, zigzag varint
	Date                // string such as 2024-02-29: days since 1970, zigzag varint
	Plain               // any other string without escapes: text
	Escaped             // any other string: what stands between its quotes
	Object              // number of its shape, varint
	Array               // how many elements it has, varint
	Raw                 // object or array that is not taken apart: JSON text
	kindCount
)

// holdsNumber reports whether a value is a varint in its stream; what is neither
// that nor nothing is text.
func (k Kind) holdsNumber() bool { return Of(Int, Time, Date, Object, Array).Has(k) }

// Mask is a set of kinds, and more that was seen at a place.
type Mask uint32

// What else a place may have.
const (
	NotDouble Mask = 1 << (iota + 16) // an Int or Big that a float64 does not give back
	Wide                              // a Raw object that came when its place had MaxMembers
	Deep                              // a Raw object or array at MaxDepth
)

const kindBits Mask = 1<<kindCount - 1

// Of is the mask of kinds.
func Of(kinds ...Kind) (m Mask) {
	for _, k := range kinds {
		m |= 1 << k
	}
	return m
}

// Has reports whether a kind is in the mask.
func (m Mask) Has(k Kind) bool { return m>>k&1 != 0 }

// Kinds is the mask without what else was seen.
func (m Mask) Kinds() Mask { return m & kindBits }

// only returns the kind that is alone in the mask.
func (m Mask) only() (Kind, bool) {
	kinds := uint32(m.Kinds())
	return Kind(bits.TrailingZeros32(kinds)), bits.OnesCount32(kinds) == 1
}

// Limits of what is taken apart. What is beyond is kept as it is, as Raw.
const (
	MaxDepth   = 48   // objects and arrays around a value, the item among them: Arrow reads schemas of 100 levels, and an array takes two
	MaxMembers = 2000 // of the objects at a place that is not the item itself
	MaxDigits  = 38   // of a Big
)
