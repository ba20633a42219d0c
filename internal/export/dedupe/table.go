package dedupe

// table is a set of keys with open addressing; with places it knows the place of
// each, too.
type table struct {
	keys   []key
	places []uint64
	count  int
	most   int
}

// firstSize is that of an empty table.
const firstSize = 1 << 10

func newTable(most int, places bool) *table {
	t := &table{most: most, keys: make([]key, firstSize)}
	if places {
		t.places = make([]uint64, firstSize)
	}
	return t
}

// slot is where a key is, or would be.
func (t *table) slot(k key) int {
	mask := len(t.keys) - 1
	i := int(k[1]>>1) & mask
	for t.keys[i] != none && t.keys[i] != k {
		i = (i + 1) & mask
	}
	return i
}

// add takes a key in, and reports whether it was new.
func (t *table) add(k key) bool {
	i := t.slot(k)
	if t.keys[i] == k {
		return false
	}
	t.insert(i, k)
	return true
}

// put takes a key in at a place, and returns the place that it had before.
func (t *table) put(k key, place uint64) (before uint64, there bool) {
	i := t.slot(k)
	if t.keys[i] == k {
		before, t.places[i] = t.places[i], place
		return before, true
	}
	t.places[t.insert(i, k)] = place
	return 0, false
}

func (t *table) insert(i int, k key) int {
	if t.count >= len(t.keys)/8*7 {
		t.grow()
		i = t.slot(k)
	}
	t.keys[i] = k
	t.count++
	return i
}

func (t *table) grow() {
	old := *t
	t.keys = make([]key, 2*len(old.keys))
	if old.places != nil {
		t.places = make([]uint64, len(t.keys))
	}
	for i, k := range old.keys {
		if k == none {
			continue
		}
		at := t.slot(k)
		t.keys[at] = k
		if old.places != nil {
			t.places[at] = old.places[i]
		}
	}
}

// each calls use for all keys, in no order.
func (t *table) each(use func(key) error) error {
	for _, k := range t.keys {
		if k != none {
			if err := use(k); err != nil {
				return err
			}
		}
	}
	return nil
}
