package inflate

import "math/bits"

const (
	maxLitCodes  = 288
	maxDistCodes = 32
	maxCodeBits  = 15

	litBits  = 11
	distBits = 8

	// Room for the main tables and the largest number of subtables that 288 or 32
	// codes of up to 15 bits can need behind them.
	litSize  = 1<<litBits + 512
	distSize = 1<<distBits + 256
)

// An entry of a table tells what the next bits mean. Its lowest byte is how many
// bits that takes, extra bits of a length or distance included. The rest is one of
//
//	a literal     literal, how many bytes (1 or 2) from bit 24, the bytes from bit 8
//	a length      the bits of the code without the extra ones from bit 8, the
//	              smallest length from bit 16
//	a distance    the same with the smallest distance
//	a subtable    special and subtable, the bits of its index from bit 8, its
//	              offset in the table from bit 16
//	the end       special and ending
//	no code       special
const (
	literal  = 1 << 31
	special  = 1 << 15
	subtable = 1 << 14
	ending   = 1 << 13
)

// Bases and numbers of extra bits of lengths (RFC 1951, 3.2.5).
func lengthEntry(symbol int) uint32 {
	switch {
	case symbol < 8:
		return entry(symbol+3, 0)
	case symbol < 28:
		extra := symbol/4 - 1
		return entry(3+(4+symbol%4)<<extra, extra)
	case symbol == 28:
		return entry(258, 0)
	}
	return special
}

func distanceEntry(symbol int) uint32 {
	switch {
	case symbol < 4:
		return entry(symbol+1, 0)
	case symbol < 30:
		extra := symbol/2 - 1
		return entry(1+(2+symbol%2)<<extra, extra)
	}
	return special
}

func entry(base, extra int) uint32 { return uint32(base)<<16 | uint32(extra) }

func litEntry(symbol int) uint32 {
	switch {
	case symbol < 256:
		return literal | 1<<24 | uint32(symbol)<<8
	case symbol == 256:
		return special | ending
	}
	return lengthEntry(symbol - 257)
}

func (d *Decoder) fixedTables() {
	if d.fixed {
		return
	}
	lengths := d.lengths[:maxLitCodes+maxDistCodes]
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		case i < maxLitCodes:
			lengths[i] = 8
		default:
			lengths[i] = 5
		}
	}
	d.build(d.literals[:], lengths[:maxLitCodes], litBits, litEntry)
	d.build(d.distances[:], lengths[maxLitCodes:], distBits, distanceEntry)
	d.pair()
	d.fixed = true
}

// lengthOrder is in which order the lengths of the codes for code lengths are sent.
const lengthOrder = "\x10\x11\x12\x00\x08\x07\x09\x06\x0a\x05\x0b\x04\x0c\x03\x0d\x02\x0e\x01\x0f"

func (d *Decoder) dynamicTables() error {
	d.fixed = false
	head, err := d.take(14)
	if err != nil {
		return err
	}
	literals, distances, codes := int(head&31)+257, int(head>>5&31)+1, int(head>>10)+4
	if literals > 286 || distances > 30 {
		return ErrCorrupt
	}
	var own [19]uint8
	for _, symbol := range []byte(lengthOrder[:codes]) {
		length, err := d.take(3)
		if err != nil {
			return err
		}
		own[symbol] = uint8(length)
	}
	// The table for the lengths is used up before that of the distances is made.
	const ownBits = 7
	table := d.distances[:1<<ownBits]
	if !d.build(table, own[:], ownBits, func(symbol int) uint32 { return uint32(symbol) << 16 }) {
		return ErrCorrupt
	}
	lengths := d.lengths[:literals+distances]
	for i := 0; i < len(lengths); {
		if d.have < ownBits {
			d.fill()
		}
		e := table[d.bits&(1<<ownBits-1)]
		if e&special != 0 {
			return ErrCorrupt
		}
		if _, err := d.take(uint(e & 63)); err != nil {
			return err
		}
		symbol := uint8(e >> 16)
		if symbol < 16 {
			lengths[i] = symbol
			i++
			continue
		}
		value, count, extra := uint8(0), 3, uint(3)
		switch symbol {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			value, extra = lengths[i-1], 2
		case 18:
			count, extra = 11, 7
		}
		more, err := d.take(extra)
		if err != nil {
			return err
		}
		count += int(more)
		if count > len(lengths)-i {
			return ErrCorrupt
		}
		for range count {
			lengths[i] = value
			i++
		}
	}
	if !d.build(d.literals[:], lengths[:literals], litBits, litEntry) ||
		!d.build(d.distances[:], lengths[literals:], distBits, distanceEntry) {
		return ErrCorrupt
	}
	d.pair()
	return nil
}

// build makes a table from the lengths of its codes, main bits wide with
// subtables behind it. It reports whether the codes are complete, or none at all,
// or the single one of one bit that RFC 1951 allows.
func (d *Decoder) build(table []uint32, lengths []uint8, main int, meaning func(symbol int) uint32) bool {
	var counts [maxCodeBits + 1]int
	for _, length := range lengths {
		counts[length]++
	}
	counts[0] = 0
	var offsets [maxCodeBits + 2]int
	left, longest := 1, 0
	for length := 1; length <= maxCodeBits; length++ {
		left = left<<1 - counts[length]
		if left < 0 {
			return false
		}
		if counts[length] > 0 {
			longest = length
		}
		offsets[length+1] = offsets[length] + counts[length]
	}
	if left > 0 {
		if longest > 1 {
			return false
		}
		for i := range table[:1<<main] {
			table[i] = special
		}
	}
	for symbol, length := range lengths {
		if length > 0 {
			d.sorted[offsets[length]] = uint16(symbol)
			offsets[length]++
		}
	}

	// Codes are filled in from the shortest. The table is doubled when codes get
	// longer, so that each of them is written once and then copied.
	code, next, length := uint(0), 0, 1
	size := 2 // of the part of the main table that is filled, once codes are this long
	for ; length <= min(main, longest); length++ {
		if length > 1 {
			copy(table[size:2*size], table[:size])
			size *= 2
		}
		for range counts[length] {
			table[reverse(code, length)] = complete(meaning(int(d.sorted[next])), length)
			next++
			code++
		}
		code <<= 1
	}
	if longest > 0 {
		for ; size < 1<<main; size *= 2 {
			copy(table[size:2*size], table[:size])
		}
	}
	if longest <= main {
		return true
	}

	// Longer codes share main entries that lead to subtables.
	free, begin, width := 1<<main, 0, 0
	prefix := ^uint(0)
	for ; length <= longest; length++ {
		for left := counts[length]; left > 0; left-- {
			reversed := reverse(code, length)
			if reversed&(1<<main-1) != prefix {
				prefix = reversed & (1<<main - 1)
				begin, width = free, length-main
				// As wide as the codes that begin like this one need.
				for room := 1<<width - left; room > 0 && main+width < longest; {
					width++
					room = room<<1 - counts[main+width]
				}
				free += 1 << width
				table[prefix] = special | subtable | uint32(main) | uint32(width)<<8 | uint32(begin)<<16
			}
			e := complete(meaning(int(d.sorted[next])), length-main)
			for i := reversed >> main; i < 1<<width; i += 1 << (length - main) {
				table[begin+int(i)] = e
			}
			next++
			code++
		}
		code <<= 1
	}
	return true
}

// complete completes an entry with the bits of its code, in the table where it
// stands. What has extra bits keeps them apart.
func complete(e uint32, length int) uint32 {
	e += uint32(length)
	if e&(literal|special) == 0 {
		e |= uint32(length) << 8
	}
	return e
}

func reverse(code uint, length int) uint {
	return uint(bits.Reverse16(uint16(code)) >> (16 - length))
}

// pair lets entries stand for two literals where the codes of both fit.
func (d *Decoder) pair() {
	table := d.literals[:1<<litBits]
	// The second is at a smaller index, where the entry is still single.
	for i := len(table) - 1; i >= 0; i-- {
		first := table[i]
		if first&literal == 0 {
			continue
		}
		used := first & 63
		second := table[i>>used]
		if second&literal != 0 && used+second&63 <= litBits {
			table[i] = literal | 2<<24 | (second>>8&0xff)<<16 | first&0xff00 | (used + second&63)
		}
	}
}
