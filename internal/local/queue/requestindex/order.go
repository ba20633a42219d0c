package requestindex

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

// Place is where a request stands in a list. The zero place is before all.
type Place struct {
	state State
	order int64
	ID    RequestID
}

func (p Place) compare(o Place) int {
	return cmp.Or(cmp.Compare(p.state, o.state), cmp.Compare(p.order, o.order), slices.Compare(p.ID[:], o.ID[:]))
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

// AfterInOrder is up to limit requests behind a place, in the order of the head,
// that are in one of the states, and whether there are more. It looks at every
// request that waits, and keeps few more than limit.
func (x *Index) AfterInOrder(after Place, limit int, states []State) (places []Place, more bool) {
	keep := func() {
		slices.SortFunc(places, Place.compare)
		places = places[:min(len(places), limit+1)]
	}
	for _, state := range []State{Ready, Locked} {
		if !slices.Contains(states, state) || after.state > state {
			continue
		}
		waiting := x.heapOf(state)
		for i := range waiting.numbers {
			e := waiting.at(i)
			p := Place{state, e.order, e.RequestID()}
			if state == Locked {
				p.order = requestfile.Abs(p.order)
			}
			if p.compare(after) <= 0 {
				continue
			}
			if places = append(places, p); len(places) > 4*limit {
				keep()
			}
		}
	}
	keep()
	if len(places) <= limit && slices.Contains(states, Handled) {
		var id RequestID
		if after.state == Handled {
			id = after.ID
		}
		handled, _ := x.after(id, limit+1-len(places), []State{Handled})
		for _, id := range handled {
			places = append(places, Place{state: Handled, ID: id})
		}
	}
	if len(places) > limit {
		return places[:limit], true
	}
	return places, false
}

// AfterByID is after, as places whose cursors are their IDs.
func (x *Index) AfterByID(id RequestID, limit int, states []State) (places []Place, more bool) {
	ids, more := x.after(id, limit, states)
	for _, id := range ids {
		places = append(places, Place{ID: id})
	}
	return places, more
}
