package requestindex

import "cmp"

// idTable finds entries by their ID. It is a hash table that holds their
// numbers only, four to eleven bytes an entry, where a map would take 40. IDs
// are hashes themselves: their last bits say where to look first.
type idTable struct {
	entries *entryChunks
	slots   []int32 // number plus one; 0 is empty
	used    int
}

func (p packedID) compare(other packedID) int {
	return cmp.Or(cmp.Compare(p.high, other.high), cmp.Compare(p.low, other.low))
}

// slot is where the search for an ID begins.
func (t *idTable) slot(id packedID) int {
	// A character's six bits have 62 values: the product spreads them.
	return int((id.high*0x9e3779b97f4a7c15)>>32) & (len(t.slots) - 1)
}

func (t *idTable) find(id packedID) (number int32, known bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	for i := t.slot(id); t.slots[i] != 0; i = (i + 1) & (len(t.slots) - 1) {
		if number := t.slots[i] - 1; t.entries.At(number).packed() == id {
			return number, true
		}
	}
	return 0, false
}

// add puts an entry in that is not there, and has its ID already.
func (t *idTable) add(number int32) {
	if 4*(t.used+1) > 3*len(t.slots) {
		t.resize(max(64, 2*len(t.slots)))
	}
	t.insert(number)
	t.used++
}

func (t *idTable) insert(number int32) {
	i := t.slot(t.entries.At(number).packed())
	for t.slots[i] != 0 {
		i = (i + 1) & (len(t.slots) - 1)
	}
	t.slots[i] = number + 1
}

func (t *idTable) resize(size int) {
	old := t.slots
	t.slots = make([]int32, size)
	for _, slot := range old {
		if slot != 0 {
			t.insert(slot - 1)
		}
	}
}

// remove takes out an entry that is there. What follows without a gap moves up
// where its search would now end early.
func (t *idTable) remove(number int32) {
	mask := len(t.slots) - 1
	gap := t.slot(t.entries.At(number).packed())
	for t.slots[gap] != number+1 {
		gap = (gap + 1) & mask
	}
	for i := (gap + 1) & mask; t.slots[i] != 0; i = (i + 1) & mask {
		home := t.slot(t.entries.At(t.slots[i] - 1).packed())
		if (i-home)&mask >= (i-gap)&mask {
			t.slots[gap], gap = t.slots[i], i
		}
	}
	t.slots[gap] = 0
	t.used--
}
