package inflate

import (
	"encoding/binary"
	"io"
)

// block decodes the codes of a block up to its end.
func (d *Decoder) block() error {
	for {
		if len(d.in)-d.next >= ahead && d.limit-d.size >= Slack {
			if len(d.out)-d.size < Slack {
				d.grow(Slack)
			}
			if ended, err := d.fast(); ended || err != nil {
				return err
			}
		}
		if ended, err := d.careful(); ended || err != nil {
			return err
		}
	}
}

// fast decodes for as long as neither the input nor the room for text comes to
// an end within one round.
func (d *Decoder) fast() (ended bool, err error) {
	in, out := d.in, d.out
	literals, distances := &d.literals, &d.distances
	next, bits, have := d.next, d.bits, uint64(d.have)
	size, start := d.size, d.start
	inEnd, outEnd := len(in)-ahead, min(len(out), d.limit)-Slack

	for next <= inEnd && size <= outEnd {
		bits |= binary.LittleEndian.Uint64(in[next:next+8]) << (have & 63)
		next += int((63 - have) >> 3)
		have |= 56

		e := literals[bits&(1<<litBits-1)]
		if e&literal != 0 {
			// Up to three entries of literals fit into the bits at hand.
			bits >>= e & 63
			have -= uint64(e & 63)
			binary.LittleEndian.PutUint16(out[size:size+2], uint16(e>>8))
			size += int(e >> 24 & 3)
			e = literals[bits&(1<<litBits-1)]
			if e&literal != 0 {
				bits >>= e & 63
				have -= uint64(e & 63)
				binary.LittleEndian.PutUint16(out[size:size+2], uint16(e>>8))
				size += int(e >> 24 & 3)
				e = literals[bits&(1<<litBits-1)]
				if e&literal != 0 {
					bits >>= e & 63
					have -= uint64(e & 63)
					binary.LittleEndian.PutUint16(out[size:size+2], uint16(e>>8))
					size += int(e >> 24 & 3)
					continue
				}
			}
			bits |= binary.LittleEndian.Uint64(in[next:next+8]) << (have & 63)
			next += int((63 - have) >> 3)
			have |= 56
		}
		if e&special != 0 {
			if e&subtable != 0 {
				bits >>= e & 63
				have -= uint64(e & 63)
				e = literals[uint(e>>16)+uint(bits&(1<<(e>>8&15)-1))]
			}
			if e&literal != 0 {
				bits >>= e & 63
				have -= uint64(e & 63)
				out[size] = byte(e >> 8)
				size++
				continue
			}
			if e&special != 0 {
				bits >>= e & 63
				have -= uint64(e & 63)
				ended = e&ending != 0
				if !ended {
					err = ErrCorrupt
				}
				break
			}
		}
		// At most 20 bits for the length and 28 for the distance.
		length := int(e>>16) + int(bits&(1<<(e&63)-1)>>(e>>8&15))
		bits >>= e & 63
		have -= uint64(e & 63)

		e = distances[bits&(1<<distBits-1)]
		if e&special != 0 {
			if e&subtable == 0 {
				err = ErrCorrupt
				break
			}
			bits >>= e & 63
			have -= uint64(e & 63)
			e = distances[uint(e>>16)+uint(bits&(1<<(e>>8&15)-1))]
			if e&special != 0 {
				err = ErrCorrupt
				break
			}
		}
		distance := int(e>>16) + int(bits&(1<<(e&63)-1)>>(e>>8&15))
		bits >>= e & 63
		have -= uint64(e & 63)

		from := size - distance
		if from < start {
			err = ErrCorrupt
			break
		}
		to := size
		size += length
		switch {
		case length > 64 || distance < 8 && length > 16:
			for to < size { // each round has more to copy from
				to += copy(out[to:size], out[from:to])
			}
		case distance < 8:
			for ; to < size; to++ {
				out[to] = out[from]
				from++
			}
		case distance < 16: // what the next step copies is only there after this one
			for ; to < size; to += 8 {
				*(*[8]byte)(out[to : to+8]) = *(*[8]byte)(out[from : from+8])
				from += 8
			}
		default:
			for ; to < size; to += 16 {
				*(*[16]byte)(out[to : to+16]) = *(*[16]byte)(out[from : from+16])
				from += 16
			}
		}
	}
	d.next, d.bits, d.have, d.size = next, bits, uint(have), size
	return ended, err
}

// careful decodes one code, or ends the block. It reads and writes no further
// than it must.
func (d *Decoder) careful() (ended bool, err error) {
	d.fill()
	e := d.literals[d.bits&(1<<litBits-1)]
	if e&(literal|special|subtable) == special|subtable {
		if err := d.drop(e); err != nil {
			return false, err
		}
		e = d.literals[uint(e>>16)+uint(d.bits&(1<<(e>>8&15)-1))]
	}
	bits := d.bits
	if err := d.drop(e); err != nil {
		return false, err
	}
	switch {
	case e&literal != 0:
		count := int(e >> 24 & 3)
		if err := d.room(count); err != nil {
			return false, err
		}
		d.out[d.size] = byte(e >> 8)
		if count == 2 {
			d.out[d.size+1] = byte(e >> 16)
		}
		d.size += count
		return false, nil
	case e&ending != 0 && e&special != 0:
		return true, nil
	case e&special != 0:
		return false, ErrCorrupt
	}
	length := int(e>>16) + int(bits&(1<<(e&63)-1)>>(e>>8&15))

	d.fill()
	e = d.distances[d.bits&(1<<distBits-1)]
	if e&special != 0 && e&subtable != 0 {
		if err := d.drop(e); err != nil {
			return false, err
		}
		e = d.distances[uint(e>>16)+uint(d.bits&(1<<(e>>8&15)-1))]
	}
	bits = d.bits
	if err := d.drop(e); err != nil {
		return false, err
	}
	if e&special != 0 {
		return false, ErrCorrupt
	}
	distance := int(e>>16) + int(bits&(1<<(e&63)-1)>>(e>>8&15))
	if distance > d.size-d.start {
		return false, ErrCorrupt
	}
	if err := d.room(length); err != nil {
		return false, err
	}
	for range length {
		d.out[d.size] = d.out[d.size-distance]
		d.size++
	}
	return false, nil
}

// drop takes the bits of an entry.
func (d *Decoder) drop(e uint32) error {
	count := uint(e & 63)
	if d.have < count {
		return io.ErrUnexpectedEOF
	}
	d.bits >>= count
	d.have -= count
	return nil
}
