package parquet

import (
	"hash/maphash"

	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// dictionary numbers the values of a column chunk. Those of up to eight bytes are
// kept as numbers, others as text.
type dictionary struct {
	seed    maphash.Seed
	slots   []slot // a power of two of them
	numbers []uint64
	texts   []byte
	ends    []uint32 // of texts
	hashes  []uint32
}

type slot struct {
	hash  uint32
	index uint32 // of a value plus 1; 0: the slot is free
}

// maxDictionary is from how many bytes on a dictionary gets no more values.
const maxDictionary = 4 << 20

func newDictionary() *dictionary { return &dictionary{seed: maphash.MakeSeed()} }

func (d *dictionary) reset() {
	const small = 1 << 12
	if len(d.slots) > small {
		d.slots = d.slots[:small]
	}
	clear(d.slots)
	d.numbers, d.texts, d.ends, d.hashes = d.numbers[:0], d.texts[:0], d.ends[:0], d.hashes[:0]
}

func (d *dictionary) len() int { return max(len(d.numbers), len(d.ends)) }

// size is that of the dictionary's page.
func (d *dictionary) size() int { return 8*len(d.numbers) + len(d.texts) + 4*len(d.ends) }

// has reports whether a text is in the dictionary.
func (d *dictionary) has(value []byte) bool {
	mask := uint32(len(d.slots) - 1)
	hash := uint32(maphash.Bytes(d.seed, value))
	for at := hash & mask; d.slots[at].index != 0; at = (at + 1) & mask {
		if d.slots[at].hash == hash && string(d.at(d.slots[at].index-1)) == string(value) {
			return true
		}
	}
	return false
}

// addNumbers appends the indexes of values.
func (d *dictionary) addNumbers(indexes []uint32, values []uint64) []uint32 {
	d.grow()
	slots := d.slots
	mask := uint32(len(slots) - 1)
	for _, value := range values {
		hash := hashNumber(value)
		at := hash & mask
		for slots[at].index != 0 && (slots[at].hash != hash || d.numbers[slots[at].index-1] != value) {
			at = (at + 1) & mask
		}
		if slots[at].index == 0 {
			d.numbers, d.hashes = append(d.numbers, value), append(d.hashes, hash)
			slots[at] = slot{hash: hash, index: uint32(len(d.numbers))}
			indexes = append(indexes, uint32(len(d.numbers)-1))
			d.grow()
			slots = d.slots
			mask = uint32(len(slots) - 1)
			continue
		}
		indexes = append(indexes, slots[at].index-1)
	}
	return indexes
}

func hashNumber(value uint64) uint32 {
	const odd = 0x9e3779b97f4a7c15
	return uint32(value * odd >> 32)
}

// addTexts appends the indexes of values.
func (d *dictionary) addTexts(indexes []uint32, values []shred.Span, from []byte) []uint32 {
	d.grow()
	slots := d.slots
	mask := uint32(len(slots) - 1)
	for _, span := range values {
		value := from[span.Start:span.End]
		hash := uint32(maphash.Bytes(d.seed, value))
		at := hash & mask
		for slots[at].index != 0 && (slots[at].hash != hash || string(d.at(slots[at].index-1)) != string(value)) {
			at = (at + 1) & mask
		}
		if slots[at].index == 0 {
			d.texts = append(d.texts, value...)
			d.ends, d.hashes = append(d.ends, uint32(len(d.texts))), append(d.hashes, hash)
			slots[at] = slot{hash: hash, index: uint32(len(d.ends))}
			indexes = append(indexes, uint32(len(d.ends)-1))
			d.grow()
			slots = d.slots
			mask = uint32(len(slots) - 1)
			continue
		}
		indexes = append(indexes, slots[at].index-1)
	}
	return indexes
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
	d.slots = make([]slot, max(smallest, 4*len(d.slots)))
	mask := uint32(len(d.slots) - 1)
	for i, hash := range d.hashes {
		at := hash & mask
		for d.slots[at].index != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = slot{hash: hash, index: uint32(i + 1)}
	}
}

// appendPlain appends a value as it would stand without a dictionary.
func (d *dictionary) appendPlain(dst []byte, index uint32, c *Column) []byte {
	if c.inNumbers() {
		return appendNumber(dst, d.numbers[index], c)
	}
	return appendText(dst, d.at(index), c)
}
