package queue

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

// The API lists requests in an order of its own, and tells what comes next of
// the first thousand only. Who copies a queue needs the order of all of them, so
// a list can be asked for in that order, by a preference (RFC 7240) that the
// platform does not know and passes over: what is ready as it will be handed
// out, then what is locked, then what was handled.
const (
	preferHeadOrder = "order=head"
	headerPrefer    = "Prefer"
	headerApplied   = "Preference-Applied"
)

func prefersHeadOrder(r *http.Request) bool {
	for _, value := range r.Header.Values(headerPrefer) {
		for preference := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(preference), preferHeadOrder) {
				return true
			}
		}
	}
	return false
}

// place is where a request stands in a list. The zero place is before all.
type place struct {
	state entryState
	order int64
	id    requestID
}

func (p place) compare(o place) int {
	return cmp.Or(cmp.Compare(p.state, o.state), cmp.Compare(p.order, o.order), slices.Compare(p.id[:], o.id[:]))
}

// cursor is a place as a client gives it back: the ID alone in a list by ID.
func (p place) cursor() string {
	if p.state == entryFree {
		return p.id.String()
	}
	return fmt.Sprintf("%d.%d.%s", p.state, p.order, p.id)
}

// parsePlace reads a cursor; "" is the zero place.
func parsePlace(cursor string) (p place, ok bool) {
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
	p.state = entryState(state)
	p.id, ok = requestfile.ParseID(parts[2])
	return p, ok
}

// afterInOrder is up to limit requests behind a place, in the order of the head,
// that are in one of the states, and whether there are more. It looks at every
// request that waits, and keeps few more than limit.
func (x *queueIndex) afterInOrder(after place, limit int, states []entryState) (places []place, more bool) {
	keep := func() {
		slices.SortFunc(places, place.compare)
		places = places[:min(len(places), limit+1)]
	}
	for _, state := range []entryState{entryReady, entryLocked} {
		if !slices.Contains(states, state) || after.state > state {
			continue
		}
		waiting := x.heapOf(state)
		for i := range waiting.numbers {
			e := waiting.at(i)
			p := place{state, e.order, e.id().unpack()}
			if state == entryLocked {
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
	if len(places) <= limit && slices.Contains(states, entryHandled) {
		var id requestID
		if after.state == entryHandled {
			id = after.id
		}
		handled, _ := x.after(id, limit+1-len(places), []entryState{entryHandled})
		for _, id := range handled {
			places = append(places, place{state: entryHandled, id: id})
		}
	}
	if len(places) > limit {
		return places[:limit], true
	}
	return places, false
}

// afterByID is after, as places whose cursors are their IDs.
func (x *queueIndex) afterByID(id requestID, limit int, states []entryState) (places []place, more bool) {
	ids, more := x.after(id, limit, states)
	for _, id := range ids {
		places = append(places, place{id: id})
	}
	return places, more
}
