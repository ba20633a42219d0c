// Package requestindex is what is known of a queue's requests without their
// contents: their order, which are locked and by whom, and when their files were
// changed; some 50 bytes a request.
package requestindex

import (
	"container/heap"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

// Index is what is known of a queue's requests without their contents:
// some 48 bytes each. What is locked, and by whom, follows from the files.
type Index struct {
	Entries entryChunks
	table   idTable
	ready   entryHeap // may be handed out, in that order
	Locked  entryHeap // the first lock to end first
	Count   int64
	handled int64
	free    []int32          // entries that are not in use
	names   map[int32]string // of files that are not named by the ID: Python's
	holders map[int32]string // clientKeys of locks
	sorted  []int32          // by ID, for lists; nil: not up to date
}

// Entry is one request. Its ID, with the state in bits that it leaves, is packed.
type Entry struct {
	order    int64 // as requestfile.File has it
	Changed  int64 // the file's change time as it is known, in nanoseconds; 0: it is to be read again
	high     uint64
	low      uint32 // with the state in the two bits that the ID leaves
	position int32  // in its heap
}

// RequestID is the request's ID.
func (e *Entry) RequestID() RequestID { return e.packed().unpack() }

func (e *Entry) packed() packedID { return packedID{e.high, e.low & (1<<stateShift - 1)} }

func (e *Entry) state() State { return State(e.low >> stateShift) }

func (e *Entry) set(id packedID, state State) {
	e.high, e.low = id.high, id.low|uint32(state)<<stateShift
}

const stateShift = 30

// State is what a request is in.
type State uint8

// The states of a request.
const (
	Free State = iota // not in the index
	Ready
	Locked
	Handled
)

// entryChunks is a list that grows without being copied.
type entryChunks struct {
	chunks [][]Entry
	Length int32
}

const (
	chunkBits = 14
	chunkSize = 1 << chunkBits
)

// At is the entry of a number.
func (c *entryChunks) At(number int32) *Entry {
	return &c.chunks[number>>chunkBits][number&(chunkSize-1)]
}

// grow returns the number of one entry more.
func (c *entryChunks) grow() int32 {
	if int(c.Length)&(chunkSize-1) == 0 {
		c.chunks = append(c.chunks, make([]Entry, chunkSize))
	}
	c.Length++
	return c.Length - 1
}

// New makes an empty index.
func New() *Index {
	x := &Index{names: map[int32]string{}, holders: map[int32]string{}}
	x.table.entries = &x.Entries
	x.ready = entryHeap{entries: &x.Entries, before: func(a, b *Entry) bool {
		if a.order != b.order {
			return a.order < b.order
		}
		return a.packed().compare(b.packed()) < 0
	}}
	x.Locked = entryHeap{entries: &x.Entries, before: func(a, b *Entry) bool { return requestfile.Abs(a.order) < requestfile.Abs(b.order) }}
	return x
}

// entryHeap is entries by number, with their positions kept in them.
type entryHeap struct {
	entries *entryChunks
	numbers []int32
	before  func(a, b *Entry) bool
}

func (h *entryHeap) at(i int) *Entry { return h.entries.At(h.numbers[i]) }

// Len, Less, Swap, Push and Pop are for container/heap.
func (h *entryHeap) Len() int           { return len(h.numbers) }
func (h *entryHeap) Less(i, j int) bool { return h.before(h.at(i), h.at(j)) }

func (h *entryHeap) Swap(i, j int) {
	h.numbers[i], h.numbers[j] = h.numbers[j], h.numbers[i]
	h.at(i).position, h.at(j).position = int32(i), int32(j)
}

func (h *entryHeap) Push(number any) {
	n, _ := number.(int32)
	h.entries.At(n).position = int32(len(h.numbers))
	h.numbers = append(h.numbers, n)
}

func (h *entryHeap) Pop() any {
	last := h.numbers[len(h.numbers)-1]
	h.numbers = h.numbers[:len(h.numbers)-1]
	return last
}

func (x *Index) heapOf(state State) *entryHeap {
	switch state {
	case Ready:
		return &x.ready
	case Locked:
		return &x.Locked
	}
	return nil
}

// Set notes what a file says. name is the file's, changed its change time; 0 where
// that is not known.
func (x *Index) Set(f *requestfile.File, name string, changed int64, now time.Time) {
	number := x.place(f.ID, f.Order, now)
	x.Entries.At(number).Changed = changed
	if f.Holder != "" && len(f.Holder) <= maxHolder && x.Entries.At(number).state() == Locked {
		x.holders[number] = f.Holder
	}
	if name == UsualFile(f.ID) {
		delete(x.names, number)
	} else {
		x.names[number] = name
	}
}

// maxHolder is far more than a client's key may have.
const maxHolder = 1000

// place gives a request an order, and adds it if it is new.
func (x *Index) place(id RequestID, order int64, now time.Time) (number int32) {
	packed := pack(id)
	number, known := x.table.find(packed)
	if known {
		x.leave(number)
	} else {
		if n := len(x.free); n > 0 {
			number, x.free = x.free[n-1], x.free[:n-1]
		} else {
			number = x.Entries.grow()
		}
		x.Entries.At(number).set(packed, Free)
		x.table.add(number)
		x.Count++
		x.sorted = nil
	}
	e := x.Entries.At(number)
	e.order = order
	e.set(packed, stateOf(order, now))
	if in := x.heapOf(e.state()); in != nil {
		heap.Push(in, number)
	} else {
		x.handled++
	}
	return number
}

// NumberOf finds the entry of a file. others is what namedOtherwise returned.
func (x *Index) NumberOf(name string, others map[string]int32) (number int32, known bool) {
	if id, ok := requestfile.ParseID(strings.TrimSuffix(name, RequestSuffix)); ok {
		if number, known = x.table.find(pack(id)); known && x.fileOf(number) == name {
			return number, true
		}
	}
	number, known = others[name]
	return number, known
}

// NamedOtherwise is the files that are not named by the ID.
func (x *Index) NamedOtherwise() map[string]int32 {
	others := make(map[string]int32, len(x.names))
	for number, name := range x.names {
		others[name] = number
	}
	return others
}

// Stamp notes when the file of a request was changed.
func (x *Index) Stamp(id RequestID, changed int64) {
	if number, known := x.table.find(pack(id)); known {
		x.Entries.At(number).Changed = changed
	}
}

// Follow puts requests that wait in the order of an SDK's.
func (x *Index) Follow(state requestfile.State, now time.Time) {
	for id, order := range state {
		if x.State(id) == Ready {
			x.place(id, order, now)
		}
	}
}

// stateOf is what an order says.
func stateOf(order int64, now time.Time) State {
	switch {
	case order == 0:
		return Handled
	case requestfile.Abs(order) > now.UnixNano():
		return Locked
	}
	return Ready
}

// leave takes an entry out of what its state put it into.
func (x *Index) leave(number int32) {
	e := x.Entries.At(number)
	if in := x.heapOf(e.state()); in != nil {
		heap.Remove(in, int(e.position))
	}
	if e.state() == Handled {
		x.handled--
	}
	delete(x.holders, number)
}

// Remove forgets a request, which need not be known.
func (x *Index) Remove(id RequestID) {
	number, known := x.table.find(pack(id))
	if !known {
		return
	}
	x.leave(number)
	x.table.remove(number)
	delete(x.names, number)
	// The ID stays until the entry is used again: sorted need not be made anew.
	e := x.Entries.At(number)
	e.set(e.packed(), Free)
	x.free = append(x.free, number)
	x.Count--
}

// Expire turns requests whose lock has ended into ready ones.
func (x *Index) Expire(now time.Time) {
	for x.Locked.Len() > 0 {
		number := x.Locked.numbers[0]
		e := x.Entries.At(number)
		if requestfile.Abs(e.order) > now.UnixNano() {
			return
		}
		x.leave(number)
		e.set(e.packed(), Ready)
		heap.Push(&x.ready, number)
	}
}

// Head is the first requests that may be handed out.
func (x *Index) Head(limit int) []RequestID {
	var numbers []int32
	var ids []RequestID
	for len(ids) < limit && x.ready.Len() > 0 {
		number, _ := heap.Pop(&x.ready).(int32)
		numbers = append(numbers, number)
		ids = append(ids, x.Entries.At(number).RequestID())
	}
	for _, number := range numbers {
		heap.Push(&x.ready, number)
	}
	return ids
}

// after is up to limit requests behind an ID, by ID, that are in one of the
// states, and whether there are more. The ID may be any text.
func (x *Index) after(id RequestID, limit int, states []State) (ids []RequestID, more bool) {
	if x.sorted == nil {
		x.sorted = make([]int32, 0, x.Count)
		for number := range x.All() {
			x.sorted = append(x.sorted, number)
		}
		slices.SortFunc(x.sorted, func(a, b int32) int { return x.Entries.At(a).packed().compare(x.Entries.At(b).packed()) })
	}
	from, found := slices.BinarySearchFunc(x.sorted, id, func(number int32, id RequestID) int {
		known := x.Entries.At(number).RequestID()
		return slices.Compare(known[:], id[:])
	})
	if found {
		from++
	}
	for _, number := range x.sorted[from:] {
		if e := x.Entries.At(number); slices.Contains(states, e.state()) {
			if len(ids) == limit {
				return ids, true
			}
			ids = append(ids, e.RequestID())
		}
	}
	return ids, false
}

// All is every entry in use.
func (x *Index) All() func(yield func(int32, *Entry) bool) {
	return func(yield func(int32, *Entry) bool) {
		for number := range x.Entries.Length {
			if e := x.Entries.At(number); e.state() != Free && !yield(number, e) {
				return
			}
		}
	}
}

// HeldBy is the locked requests of a client; of all clients when it is "".
func (x *Index) HeldBy(clientKey string) []RequestID {
	var ids []RequestID
	for _, number := range x.Locked.numbers {
		if clientKey == "" || x.holders[number] == clientKey {
			ids = append(ids, x.Entries.At(number).RequestID())
		}
	}
	return ids
}

// File is where a known request is kept.
func (x *Index) File(id RequestID) (name string, known bool) {
	number, known := x.table.find(pack(id))
	if !known {
		return "", false
	}
	return x.fileOf(number), true
}

func (x *Index) fileOf(number int32) string {
	if name, ok := x.names[number]; ok {
		return name
	}
	return UsualFile(x.Entries.At(number).RequestID())
}

// State is what a request is in; entryFree when it is not known.
func (x *Index) State(id RequestID) State {
	number, known := x.table.find(pack(id))
	if !known {
		return Free
	}
	return x.Entries.At(number).state()
}

// PlaceOf is the order of a request that may be handed out; 0 of any other.
func (x *Index) PlaceOf(id RequestID) int64 {
	if number, known := x.table.find(pack(id)); known {
		if e := x.Entries.At(number); e.state() == Ready {
			return e.order
		}
	}
	return 0
}

// Counts are how many requests there are, and how many of them handled.
func (x *Index) Counts() directory.QueueFacts {
	return directory.QueueFacts{TotalRequestCount: x.Count, HandledRequestCount: x.handled, PendingRequestCount: x.Count - x.handled}
}
