package queue

import (
	"container/heap"
	"slices"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

// queueIndex is what is known of a queue's requests without their contents:
// some 48 bytes each. What is locked, and by whom, follows from the files.
type queueIndex struct {
	entries entryChunks
	table   idTable
	ready   entryHeap // may be handed out, in that order
	locked  entryHeap // the first lock to end first
	count   int64
	handled int64
	free    []int32          // entries that are not in use
	names   map[int32]string // of files that are not named by the ID: Python's
	holders map[int32]string // clientKeys of locks
	sorted  []int32          // by ID, for lists; nil: not up to date
}

type queueEntry struct {
	order    int64 // as requestfile.File has it
	changed  int64 // the file's change time as it is known, in nanoseconds; 0: it is to be read again
	high     uint64
	low      uint32 // with the state in the two bits that the ID leaves
	position int32  // in its heap
}

func (e *queueEntry) id() packedID { return packedID{e.high, e.low & (1<<stateShift - 1)} }

func (e *queueEntry) state() entryState { return entryState(e.low >> stateShift) }

func (e *queueEntry) set(id packedID, state entryState) {
	e.high, e.low = id.high, id.low|uint32(state)<<stateShift
}

const stateShift = 30

type entryState uint8

const (
	entryFree entryState = iota
	entryReady
	entryLocked
	entryHandled
)

// entryChunks is a list that grows without being copied.
type entryChunks struct {
	chunks [][]queueEntry
	length int32
}

const (
	chunkBits = 14
	chunkSize = 1 << chunkBits
)

func (c *entryChunks) at(number int32) *queueEntry {
	return &c.chunks[number>>chunkBits][number&(chunkSize-1)]
}

// grow returns the number of one entry more.
func (c *entryChunks) grow() int32 {
	if int(c.length)&(chunkSize-1) == 0 {
		c.chunks = append(c.chunks, make([]queueEntry, chunkSize))
	}
	c.length++
	return c.length - 1
}

func newQueueIndex() *queueIndex {
	x := &queueIndex{names: map[int32]string{}, holders: map[int32]string{}}
	x.table.entries = &x.entries
	x.ready = entryHeap{entries: &x.entries, before: func(a, b *queueEntry) bool {
		if a.order != b.order {
			return a.order < b.order
		}
		return a.id().compare(b.id()) < 0
	}}
	x.locked = entryHeap{entries: &x.entries, before: func(a, b *queueEntry) bool { return requestfile.Abs(a.order) < requestfile.Abs(b.order) }}
	return x
}

// entryHeap is entries by number, with their positions kept in them.
type entryHeap struct {
	entries *entryChunks
	numbers []int32
	before  func(a, b *queueEntry) bool
}

func (h *entryHeap) at(i int) *queueEntry { return h.entries.at(h.numbers[i]) }

// Len, Less, Swap, Push and Pop are for container/heap.
func (h *entryHeap) Len() int           { return len(h.numbers) }
func (h *entryHeap) Less(i, j int) bool { return h.before(h.at(i), h.at(j)) }

func (h *entryHeap) Swap(i, j int) {
	h.numbers[i], h.numbers[j] = h.numbers[j], h.numbers[i]
	h.at(i).position, h.at(j).position = int32(i), int32(j)
}

func (h *entryHeap) Push(number any) {
	n, _ := number.(int32)
	h.entries.at(n).position = int32(len(h.numbers))
	h.numbers = append(h.numbers, n)
}

func (h *entryHeap) Pop() any {
	last := h.numbers[len(h.numbers)-1]
	h.numbers = h.numbers[:len(h.numbers)-1]
	return last
}

func (x *queueIndex) heapOf(state entryState) *entryHeap {
	switch state {
	case entryReady:
		return &x.ready
	case entryLocked:
		return &x.locked
	}
	return nil
}

// set notes what a file says. name is the file's, changed its change time; 0 where
// that is not known.
func (x *queueIndex) set(f *requestfile.File, name string, changed int64, now time.Time) {
	number := x.place(f.ID, f.Order, now)
	x.entries.at(number).changed = changed
	if f.Holder != "" && len(f.Holder) <= maxHolder && x.entries.at(number).state() == entryLocked {
		x.holders[number] = f.Holder
	}
	if name == usualFile(f.ID) {
		delete(x.names, number)
	} else {
		x.names[number] = name
	}
}

// maxHolder is far more than a client's key may have.
const maxHolder = 1000

// place gives a request an order, and adds it if it is new.
func (x *queueIndex) place(id requestID, order int64, now time.Time) (number int32) {
	packed := pack(id)
	number, known := x.table.find(packed)
	if known {
		x.leave(number)
	} else {
		if n := len(x.free); n > 0 {
			number, x.free = x.free[n-1], x.free[:n-1]
		} else {
			number = x.entries.grow()
		}
		x.entries.at(number).set(packed, entryFree)
		x.table.add(number)
		x.count++
		x.sorted = nil
	}
	e := x.entries.at(number)
	e.order = order
	e.set(packed, stateOf(order, now))
	if in := x.heapOf(e.state()); in != nil {
		heap.Push(in, number)
	} else {
		x.handled++
	}
	return number
}

// numberOf finds the entry of a file. others is what namedOtherwise returned.
func (x *queueIndex) numberOf(name string, others map[string]int32) (number int32, known bool) {
	if id, ok := requestfile.ParseID(strings.TrimSuffix(name, requestSuffix)); ok {
		if number, known = x.table.find(pack(id)); known && x.fileOf(number) == name {
			return number, true
		}
	}
	number, known = others[name]
	return number, known
}

// namedOtherwise is the files that are not named by the ID.
func (x *queueIndex) namedOtherwise() map[string]int32 {
	others := make(map[string]int32, len(x.names))
	for number, name := range x.names {
		others[name] = number
	}
	return others
}

// stamp notes when the file of a request was changed.
func (x *queueIndex) stamp(id requestID, changed int64) {
	if number, known := x.table.find(pack(id)); known {
		x.entries.at(number).changed = changed
	}
}

// follow puts requests that wait in the order of an SDK's.
func (x *queueIndex) follow(state requestfile.State, now time.Time) {
	for id, order := range state {
		if x.state(id) == entryReady {
			x.place(id, order, now)
		}
	}
}

// stateOf is what an order says.
func stateOf(order int64, now time.Time) entryState {
	switch {
	case order == 0:
		return entryHandled
	case requestfile.Abs(order) > now.UnixNano():
		return entryLocked
	}
	return entryReady
}

// leave takes an entry out of what its state put it into.
func (x *queueIndex) leave(number int32) {
	e := x.entries.at(number)
	if in := x.heapOf(e.state()); in != nil {
		heap.Remove(in, int(e.position))
	}
	if e.state() == entryHandled {
		x.handled--
	}
	delete(x.holders, number)
}

func (x *queueIndex) remove(id requestID) {
	number, known := x.table.find(pack(id))
	if !known {
		return
	}
	x.leave(number)
	x.table.remove(number)
	delete(x.names, number)
	// The ID stays until the entry is used again: sorted need not be made anew.
	e := x.entries.at(number)
	e.set(e.id(), entryFree)
	x.free = append(x.free, number)
	x.count--
}

// expire turns requests whose lock has ended into ready ones.
func (x *queueIndex) expire(now time.Time) {
	for x.locked.Len() > 0 {
		number := x.locked.numbers[0]
		e := x.entries.at(number)
		if requestfile.Abs(e.order) > now.UnixNano() {
			return
		}
		x.leave(number)
		e.set(e.id(), entryReady)
		heap.Push(&x.ready, number)
	}
}

// head is the first requests that may be handed out.
func (x *queueIndex) head(limit int) []requestID {
	var numbers []int32
	var ids []requestID
	for len(ids) < limit && x.ready.Len() > 0 {
		number, _ := heap.Pop(&x.ready).(int32)
		numbers = append(numbers, number)
		ids = append(ids, x.entries.at(number).id().unpack())
	}
	for _, number := range numbers {
		heap.Push(&x.ready, number)
	}
	return ids
}

// after is up to limit requests behind an ID, by ID, that are in one of the
// states, and whether there are more. The ID may be any text.
func (x *queueIndex) after(id requestID, limit int, states []entryState) (ids []requestID, more bool) {
	if x.sorted == nil {
		x.sorted = make([]int32, 0, x.count)
		for number := range x.all() {
			x.sorted = append(x.sorted, number)
		}
		slices.SortFunc(x.sorted, func(a, b int32) int { return x.entries.at(a).id().compare(x.entries.at(b).id()) })
	}
	from, found := slices.BinarySearchFunc(x.sorted, id, func(number int32, id requestID) int {
		known := x.entries.at(number).id().unpack()
		return slices.Compare(known[:], id[:])
	})
	if found {
		from++
	}
	for _, number := range x.sorted[from:] {
		if e := x.entries.at(number); slices.Contains(states, e.state()) {
			if len(ids) == limit {
				return ids, true
			}
			ids = append(ids, e.id().unpack())
		}
	}
	return ids, false
}

// all is every entry in use.
func (x *queueIndex) all() func(yield func(int32, *queueEntry) bool) {
	return func(yield func(int32, *queueEntry) bool) {
		for number := range x.entries.length {
			if e := x.entries.at(number); e.state() != entryFree && !yield(number, e) {
				return
			}
		}
	}
}

// heldBy is the locked requests of a client; of all clients when it is "".
func (x *queueIndex) heldBy(clientKey string) []requestID {
	var ids []requestID
	for _, number := range x.locked.numbers {
		if clientKey == "" || x.holders[number] == clientKey {
			ids = append(ids, x.entries.at(number).id().unpack())
		}
	}
	return ids
}

// file is where a known request is kept.
func (x *queueIndex) file(id requestID) (name string, known bool) {
	number, known := x.table.find(pack(id))
	if !known {
		return "", false
	}
	return x.fileOf(number), true
}

func (x *queueIndex) fileOf(number int32) string {
	if name, ok := x.names[number]; ok {
		return name
	}
	return usualFile(x.entries.at(number).id().unpack())
}

// state is what a request is in; entryFree when it is not known.
func (x *queueIndex) state(id requestID) entryState {
	number, known := x.table.find(pack(id))
	if !known {
		return entryFree
	}
	return x.entries.at(number).state()
}

// placeOf is the order of a request that may be handed out; 0 of any other.
func (x *queueIndex) placeOf(id requestID) int64 {
	if number, known := x.table.find(pack(id)); known {
		if e := x.entries.at(number); e.state() == entryReady {
			return e.order
		}
	}
	return 0
}

func (x *queueIndex) counts() directory.QueueFacts {
	return directory.QueueFacts{TotalRequestCount: x.count, HandledRequestCount: x.handled, PendingRequestCount: x.count - x.handled}
}
