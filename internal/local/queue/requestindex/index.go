// Package requestindex is what is known of a queue's requests without their
// contents: their order, which are locked and by whom, and when their files were
// changed; some 100 bytes a request. What is locked, and by whom, follows from the
// files.
package requestindex

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/btree"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

// RequestID is what the API calls a request's ID.
type RequestID = requestfile.ID

// RequestSuffix ends the name of a request's file.
const RequestSuffix = ".json"

// UsualFile is the name under which most SDKs keep a request.
func UsualFile(id RequestID) string { return id.String() + RequestSuffix }

// Index is the requests of a queue. It is safe for concurrent use as long as
// nobody changes it.
type Index struct {
	requests *btree.BTreeG[entry] // by ID
	ready    *btree.BTreeG[Place] // may be handed out, in that order
	locked   *btree.BTreeG[Place] // the first lock to end first
	handled  int64
	names    map[RequestID]string // of files that are not named by the ID: Python's
	holders  map[RequestID]string // clientKeys of locks
}

// entry is one request.
type entry struct {
	id      RequestID
	state   State
	order   int64 // as requestfile.File has it
	changed int64 // the file's change time as it is known, in nanoseconds; 0: it is to be read again
}

func (e entry) place() Place {
	p := Place{state: e.state, order: e.order, ID: e.id}
	if e.state == Locked {
		p.order = requestfile.Abs(e.order)
	}
	return p
}

// State is what a request is in.
type State uint8

// The states of a request.
const (
	Free State = iota // not in the index
	Ready
	Locked
	Handled
)

// New makes an empty index.
func New() *Index {
	alone := btree.Options{NoLocks: true}
	first := func(a, b Place) bool { return a.compare(b) < 0 }
	return &Index{
		requests: btree.NewBTreeGOptions(func(a, b entry) bool { return compareIDs(a.id, b.id) < 0 }, alone),
		ready:    btree.NewBTreeGOptions(first, alone),
		locked:   btree.NewBTreeGOptions(first, alone),
		names:    map[RequestID]string{}, holders: map[RequestID]string{},
	}
}

func compareIDs(a, b RequestID) int { return bytes.Compare(a[:], b[:]) }

// waiting is what requests of a state are in, in their order; nil for handled ones.
func (x *Index) waiting(state State) *btree.BTreeG[Place] {
	switch state {
	case Ready:
		return x.ready
	case Locked:
		return x.locked
	}
	return nil
}

// Set notes what a file says. name is the file's, changed its change time; 0 where
// that is not known.
func (x *Index) Set(f *requestfile.File, name string, changed int64, now time.Time) {
	e := entry{f.ID, stateOf(f.Order, now), f.Order, changed}
	x.put(e)
	if f.Holder != "" && len(f.Holder) <= maxHolder && e.state == Locked {
		x.holders[f.ID] = f.Holder
	}
	if name == UsualFile(f.ID) {
		delete(x.names, f.ID)
	} else {
		x.names[f.ID] = name
	}
}

// maxHolder is far more than a client's key may have.
const maxHolder = 1000

func (x *Index) get(id RequestID) (entry, bool) { return x.requests.Get(entry{id: id}) }

// put gives a request a place, and adds it if it is new.
func (x *Index) put(e entry) {
	if before, known := x.requests.Set(e); known {
		x.leave(before)
	}
	if in := x.waiting(e.state); in != nil {
		in.Set(e.place())
	} else {
		x.handled++
	}
}

// leave takes a request out of what its state put it into.
func (x *Index) leave(e entry) {
	if in := x.waiting(e.state); in != nil {
		in.Delete(e.place())
	} else {
		x.handled--
	}
	delete(x.holders, e.id)
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

// OfFile finds the request of a file, and the change time that is known of it.
// others is what NamedOtherwise returned: its names may look like IDs.
func (x *Index) OfFile(name string, others map[string]RequestID) (id RequestID, changed int64, known bool) {
	id, known = others[name]
	if !known {
		if id, known = requestfile.ParseID(strings.TrimSuffix(name, RequestSuffix)); !known || x.names[id] != "" {
			return id, 0, false
		}
	}
	e, known := x.get(id)
	return id, e.changed, known
}

// NamedOtherwise is the files that are not named by the ID.
func (x *Index) NamedOtherwise() map[string]RequestID {
	others := make(map[string]RequestID, len(x.names))
	for id, name := range x.names {
		others[name] = id
	}
	return others
}

// Stamp notes when the file of a request was changed.
func (x *Index) Stamp(id RequestID, changed int64) {
	if e, known := x.get(id); known {
		e.changed = changed
		x.requests.Set(e)
	}
}

// Follow puts requests that wait in the order of an SDK's.
func (x *Index) Follow(state requestfile.State, now time.Time) {
	for id, order := range state {
		if e, _ := x.get(id); e.state == Ready {
			x.put(entry{id, stateOf(order, now), order, e.changed})
		}
	}
}

// Remove forgets a request, which need not be known.
func (x *Index) Remove(id RequestID) {
	if e, known := x.requests.Delete(entry{id: id}); known {
		x.leave(e)
		delete(x.names, id)
	}
}

// Expire turns requests whose lock has ended into ready ones.
func (x *Index) Expire(now time.Time) {
	for {
		first, some := x.locked.Min()
		if !some || first.order > now.UnixNano() {
			return
		}
		e, _ := x.get(first.ID)
		e.state = Ready
		x.put(e)
	}
}

// Head is the first requests that may be handed out.
func (x *Index) Head(limit int) (ids []RequestID) {
	x.ready.Scan(func(p Place) bool {
		if len(ids) < limit {
			ids = append(ids, p.ID)
		}
		return len(ids) < limit
	})
	return ids
}

// All is every request, by ID.
func (x *Index) All() iter.Seq[RequestID] {
	return func(yield func(RequestID) bool) {
		x.requests.Scan(func(e entry) bool { return yield(e.id) })
	}
}

// HeldBy is the locked requests of a client; of all clients when it is "".
func (x *Index) HeldBy(clientKey string) (ids []RequestID) {
	x.locked.Scan(func(p Place) bool {
		if clientKey == "" || x.holders[p.ID] == clientKey {
			ids = append(ids, p.ID)
		}
		return true
	})
	return ids
}

// File is where a known request is kept.
func (x *Index) File(id RequestID) (name string, known bool) {
	if _, known = x.get(id); !known {
		return "", false
	}
	return cmp.Or(x.names[id], UsualFile(id)), true
}

// State is what a request is in; Free when it is not known.
func (x *Index) State(id RequestID) State {
	e, _ := x.get(id)
	return e.state
}

// PlaceOf is the order of a request that may be handed out; 0 of any other.
func (x *Index) PlaceOf(id RequestID) int64 {
	if e, _ := x.get(id); e.state == Ready {
		return e.order
	}
	return 0
}

// Count is how many requests there are.
func (x *Index) Count() int64 { return int64(x.requests.Len()) }

// AnyLocked tells whether a request is locked.
func (x *Index) AnyLocked() bool { return x.locked.Len() > 0 }

// Counts are how many requests there are, and how many of them handled.
func (x *Index) Counts() directory.QueueFacts {
	count := x.Count()
	return directory.QueueFacts{TotalRequestCount: count, HandledRequestCount: x.handled, PendingRequestCount: count - x.handled}
}

// AfterByID is up to limit requests behind an ID, by ID, that are in one of the
// states, and whether there are more. The ID may be any text. The cursors of the
// places are their IDs.
func (x *Index) AfterByID(after RequestID, limit int, states []State) (places []Place, more bool) {
	x.requests.Ascend(entry{id: after}, func(e entry) bool {
		if e.id != after && slices.Contains(states, e.state) {
			if more = len(places) == limit; !more {
				places = append(places, Place{ID: e.id})
			}
		}
		return !more
	})
	return places, more
}

// AfterInOrder is up to limit requests behind a place, in the order of the head,
// that are in one of the states, and whether there are more.
func (x *Index) AfterInOrder(after Place, limit int, states []State) (places []Place, more bool) {
	for _, state := range []State{Ready, Locked} {
		if !slices.Contains(states, state) || after.state > state {
			continue
		}
		x.waiting(state).Ascend(after, func(p Place) bool {
			if p != after {
				places = append(places, p)
			}
			return len(places) <= limit
		})
	}
	if len(places) <= limit && slices.Contains(states, Handled) {
		var id RequestID
		if after.state == Handled {
			id = after.ID
		}
		handled, _ := x.AfterByID(id, limit+1-len(places), []State{Handled})
		for _, p := range handled {
			places = append(places, Place{state: Handled, ID: p.ID})
		}
	}
	if len(places) > limit {
		return places[:limit], true
	}
	return places, false
}

// Place is where a request stands in a list. The zero place is before all.
type Place struct {
	order int64
	ID    RequestID
	state State
}

func (p Place) compare(o Place) int {
	switch {
	case p.state != o.state:
		return cmp.Compare(p.state, o.state)
	case p.order != o.order:
		return cmp.Compare(p.order, o.order)
	}
	return compareIDs(p.ID, o.ID)
}

// Cursor is a place as a client gives it back: the ID alone in a list by ID.
func (p Place) Cursor() string {
	if p.state == Free {
		return p.ID.String()
	}
	return fmt.Sprintf("%d.%d.%s", p.state, p.order, p.ID)
}

// ParsePlace reads a cursor; "" is the zero place.
func ParsePlace(cursor string) (p Place, ok bool) {
	if cursor == "" {
		return p, true
	}
	parts := strings.SplitN(cursor, ".", 3)
	if len(parts) != 3 {
		return p, false
	}
	state, err := strconv.ParseUint(parts[0], 10, 8)
	if err != nil {
		return p, false
	}
	if p.order, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
		return p, false
	}
	p.state = State(state)
	p.ID, ok = requestfile.ParseID(parts[2])
	return p, ok
}
