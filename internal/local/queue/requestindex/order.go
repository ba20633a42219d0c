package requestindex

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/apifyctl/apifyctl/internal/requestfile"
)

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
