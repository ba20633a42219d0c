package parquet

import (
	"encoding/binary"
	"hash/maphash"
)

// dictionary numbers the values of a column chunk. Those of up to eight bytes are
// kept as numbers, others as text.
type dictionary struct {
	seed    maphash.Seed
	slots   []uint32 // index of a value plus 1; a power of two of them
	numbers []uint64
	texts   []byte
	ends    []uint32 // of texts
	hashes  []uint32
}

// maxDictionary is how many bytes a dictionary may have.
const maxDictionary = 1 << 20

func newDictionary() *dictionary { return &dictionary{seed: maphash.MakeSeed()} }

func (d *dictionary) reset() {
	clear(d.slots)
	d.numbers, d.texts, d.ends, d.hashes = d.numbers[:0], d.texts[:0], d.ends[:0], d.hashes[:0]
}

func (d *dictionary) len() int { return max(len(d.numbers), len(d.ends)) }

// size is that of the dictionary's page.
func (d *dictionary) size() int { return 8*len(d.numbers) + len(d.texts) + 4*len(d.ends) }

// number returns the index of a value, and whether it is a new one.
func (d *dictionary) number(value uint64) (index uint32, added bool) {
	d.grow()
	mask := uint32(len(d.slots) - 1)
	for at := hashNumber(value) & mask; ; at = (at + 1) & mask {
		known := d.slots[at]
		if known == 0 {
			d.numbers = append(d.numbers, value)
			d.slots[at] = uint32(len(d.numbers))
			return uint32(len(d.numbers) - 1), true
		}
		if d.numbers[known-1] == value {
			return known - 1, false
		}
	}
}

func hashNumber(value uint64) uint32 {
	const odd = 0x9e3779b97f4a7c15
	value *= odd
	return uint32(value>>32) ^ uint32(value>>52)
}

func (d *dictionary) text(value []byte) (index uint32, added bool) {
	d.grow()
	mask := uint32(len(d.slots) - 1)
	hash := uint32(maphash.Bytes(d.seed, value))
	for at := hash & mask; ; at = (at + 1) & mask {
		known := d.slots[at]
		if known == 0 {
			d.texts = append(d.texts, value...)
			d.ends, d.hashes = append(d.ends, uint32(len(d.texts))), append(d.hashes, hash)
			d.slots[at] = uint32(len(d.ends))
			return uint32(len(d.ends) - 1), true
		}
		if d.hashes[known-1] == hash && string(d.at(known-1)) == string(value) {
			return known - 1, false
		}
	}
}

func (d *dictionary) at(index uint32) []byte {
	start := uint32(0)
	if index > 0 {
		start = d.ends[index-1]
	}
	return d.texts[start:d.ends[index]]
}

// grow keeps half of the slots free.
func (d *dictionary) grow() {
	const smallest = 1 << 10
	if 2*d.len() < len(d.slots) {
		return
	}
	d.slots = make([]uint32, max(smallest, 4*len(d.slots)))
	mask := uint32(len(d.slots) - 1)
	for i := range d.len() {
		var hash uint32
		if len(d.numbers) > 0 {
			hash = hashNumber(d.numbers[i])
		} else {
			hash = d.hashes[i]
		}
		at := hash & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = uint32(i + 1)
	}
}

// appendPlain appends a value as it would stand without a dictionary.
func (d *dictionary) appendPlain(dst []byte, index uint32, c *Column) []byte {
	switch {
	case c.physical == typeFixed:
		return append(dst, d.at(index)...)
	case c.length == 8:
		return binary.LittleEndian.AppendUint64(dst, d.numbers[index])
	case c.length == 4:
		return binary.LittleEndian.AppendUint32(dst, uint32(d.numbers[index]))
	}
	text := d.at(index)
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(text))), text...)
}
