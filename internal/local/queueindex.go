package local

import (
	"bytes"
	"container/heap"
	"slices"
	"time"
)

// queueIndex is what is known of a queue's requests without their contents:
// some 75 bytes each. What is locked, and by whom, follows from the files.
type queueIndex struct {
	entries []queueEntry
	byID    map[requestID]int32
	ready   entryHeap // may be handed out, in that order
	locked  entryHeap // the first lock to end first
	handled int64
	free    []int32          // entries that are not in use
	names   map[int32]string // of files that are not named by the ID: Python's
	holders map[int32]string // clientKeys of locks
	sorted  []int32          // by ID, for lists; nil: not up to date
	last    int64            // the latest order that was given
}

type queueEntry struct {
	order    int64 // as requestFile has it
	id       requestID
	state    entryState
	position int32 // in its heap
}

type entryState uint8

const (
	entryFree entryState = iota
	entryReady
	entryLocked
	entryHandled
)

func newQueueIndex() *queueIndex {
	x := &queueIndex{byID: map[requestID]int32{}, names: map[int32]string{}, holders: map[int32]string{}}
	x.ready = entryHeap{index: x, before: func(a, b *queueEntry) bool {
		if a.order != b.order {
			return a.order < b.order
		}
		return bytes.Compare(a.id[:], b.id[:]) < 0
	}}
	x.locked = entryHeap{index: x, before: func(a, b *queueEntry) bool { return abs(a.order) < abs(b.order) }}
	return x
}

// entryHeap is entries by number, with their positions kept in them.
type entryHeap struct {
	index   *queueIndex
	numbers []int32
	before  func(a, b *queueEntry) bool
}

func (h *entryHeap) at(i int) *queueEntry { return &h.index.entries[h.numbers[i]] }

// Len, Less, Swap, Push and Pop are for container/heap.
func (h *entryHeap) Len() int           { return len(h.numbers) }
func (h *entryHeap) Less(i, j int) bool { return h.before(h.at(i), h.at(j)) }

func (h *entryHeap) Swap(i, j int) {
	h.numbers[i], h.numbers[j] = h.numbers[j], h.numbers[i]
	h.at(i).position, h.at(j).position = int32(i), int32(j)
}

func (h *entryHeap) Push(number any) {
	n, _ := number.(int32)
	h.index.entries[n].position = int32(len(h.numbers))
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

// set notes what a file says. name is the file's.
func (x *queueIndex) set(f *requestFile, name string, now time.Time) {
	number, known := x.byID[f.id]
	if known {
		x.leave(number)
	} else {
		if n := len(x.free); n > 0 {
			number, x.free = x.free[n-1], x.free[:n-1]
		} else {
			number = int32(len(x.entries))
			x.entries = append(x.entries, queueEntry{})
		}
		x.byID[f.id] = number
		x.sorted = nil
	}
	e := &x.entries[number]
	e.id, e.order = f.id, f.order
	switch {
	case f.order == 0:
		e.state = entryHandled
		x.handled++
	case abs(f.order) > now.UnixMicro():
		e.state = entryLocked
		heap.Push(&x.locked, number)
		if f.holder != "" {
			x.holders[number] = f.holder
		}
	default:
		e.state = entryReady
		heap.Push(&x.ready, number)
	}
	if name == f.id.file() {
		delete(x.names, number)
	} else {
		x.names[number] = name
	}
}

// leave takes an entry out of what its state put it into.
func (x *queueIndex) leave(number int32) {
	e := &x.entries[number]
	if in := x.heapOf(e.state); in != nil {
		heap.Remove(in, int(e.position))
	}
	if e.state == entryHandled {
		x.handled--
	}
	delete(x.holders, number)
}

func (x *queueIndex) remove(id requestID) {
	number, known := x.byID[id]
	if !known {
		return
	}
	x.leave(number)
	delete(x.byID, id)
	delete(x.names, number)
	x.entries[number] = queueEntry{}
	x.free = append(x.free, number)
	x.sorted = nil
}

// expire turns requests whose lock has ended into ready ones.
func (x *queueIndex) expire(now time.Time) {
	for x.locked.Len() > 0 {
		number := x.locked.numbers[0]
		if abs(x.entries[number].order) > now.UnixMicro() {
			return
		}
		x.leave(number)
		x.entries[number].state = entryReady
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
		ids = append(ids, x.entries[number].id)
	}
	for _, number := range numbers {
		heap.Push(&x.ready, number)
	}
	return ids
}

// after is up to limit requests behind an ID, by ID, that are in one of the
// states, and whether there are more.
func (x *queueIndex) after(id requestID, limit int, states []entryState) (ids []requestID, more bool) {
	compare := func(number int32, id requestID) int { return bytes.Compare(x.entries[number].id[:], id[:]) }
	if x.sorted == nil {
		x.sorted = make([]int32, 0, len(x.byID))
		for _, number := range x.byID {
			x.sorted = append(x.sorted, number)
		}
		slices.SortFunc(x.sorted, func(a, b int32) int { return compare(a, x.entries[b].id) })
	}
	from, found := slices.BinarySearchFunc(x.sorted, id, compare)
	if found {
		from++
	}
	for _, number := range x.sorted[from:] {
		if e := &x.entries[number]; slices.Contains(states, e.state) {
			if len(ids) == limit {
				return ids, true
			}
			ids = append(ids, e.id)
		}
	}
	return ids, false
}

// heldBy is the locked requests of a client; of all clients when it is "".
func (x *queueIndex) heldBy(clientKey string) []requestID {
	var ids []requestID
	for _, number := range x.locked.numbers {
		if clientKey == "" || x.holders[number] == clientKey {
			ids = append(ids, x.entries[number].id)
		}
	}
	return ids
}

// file is where a known request is kept.
func (x *queueIndex) file(id requestID) (name string, known bool) {
	number, known := x.byID[id]
	if !known {
		return "", false
	}
	if name, ok := x.names[number]; ok {
		return name, true
	}
	return id.file(), true
}

func (x *queueIndex) entry(id requestID) (queueEntry, bool) {
	number, known := x.byID[id]
	if !known {
		return queueEntry{}, false
	}
	return x.entries[number], true
}

// nextOrder is an order behind all that were given. A microsecond sets requests
// of one batch apart: whole milliseconds, as Crawlee has them, would run into
// the future, and the future means locked.
func (x *queueIndex) nextOrder(now time.Time) int64 {
	x.last = max(now.UnixMicro()-1000, x.last+1)
	return x.last
}

func (x *queueIndex) counts() queueFacts {
	total := int64(len(x.byID))
	return queueFacts{TotalRequestCount: total, HandledRequestCount: x.handled, PendingRequestCount: total - x.handled}
}
