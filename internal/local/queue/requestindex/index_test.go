package requestindex

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/requestfile"
)

func TestOtherIDs(t *testing.T) {
	for _, text := range []string{"", "short", "0123456789abcd-", "0123456789abcdef"} {
		if _, ok := requestfile.ParseID(text); ok {
			t.Errorf("%q is taken for an ID", text)
		}
	}
}

// The index must agree with a map through any sequence of changes.
func TestQueueIndexAgainstMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x, known, now := New(), map[RequestID]int64{}, time.Unix(0, 1_000_000)
	check := func() {
		t.Helper()
		handled, locked := int64(0), 0
		var ready []int64
		for id, order := range known {
			if name, ok := x.File(id); !ok || name != UsualFile(id) {
				t.Fatalf("%s is in %q, %v", id, name, ok)
			}
			switch {
			case order == 0:
				handled++
			case requestfile.Abs(order) > now.UnixNano():
				locked++
			default:
				ready = append(ready, order)
			}
		}
		counts := x.Counts()
		if counts.TotalRequestCount != int64(len(known)) || counts.HandledRequestCount != handled || x.locked.Len() != locked {
			t.Fatalf("%+v and %d locked, want %d, %d and %d", counts, x.locked.Len(), len(known), handled, locked)
		}
		slices.Sort(ready)
		for i, id := range x.Head(len(known) + 1) {
			if known[id] != ready[i] {
				t.Fatalf("place %d of the head has order %d, want %d", i, known[id], ready[i])
			}
		}
		listed, _ := x.AfterByID(RequestID{}, len(known)+1, []State{Ready, Locked, Handled})
		if len(listed) != len(known) || !slices.IsSortedFunc(listed, func(a, b Place) int { return strings.Compare(a.Cursor(), b.Cursor()) }) {
			t.Fatalf("%d listed of %d, or not by ID", len(listed), len(known))
		}
	}
	for step := range 20_000 {
		id := requestfile.IDOf(fmt.Sprint(random.IntN(3000)))
		if random.IntN(3) == 0 {
			x.Remove(id)
			delete(known, id)
		} else {
			order := int64(random.IntN(2_000_000)) - 500_000
			if random.IntN(4) == 0 {
				order = 0
			}
			x.Set(&requestfile.File{ID: id, Order: order}, UsualFile(id), 1, now)
			known[id] = order
		}
		if step%2000 == 0 {
			now = now.Add(10 * time.Millisecond)
			x.Expire(now)
			check()
		}
	}
	x.Expire(now)
	check()
}

// A file is found by the name that it has, which may look like an ID.
func TestFilesOfOtherNames(t *testing.T) {
	x, now := New(), time.Now()
	usual, other := requestfile.IDOf("usual"), requestfile.IDOf("other")
	name := strings.Repeat("0a", 7) + "1" + RequestSuffix
	x.Set(&requestfile.File{ID: usual, Order: 1}, UsualFile(usual), 11, now)
	x.Set(&requestfile.File{ID: other, Order: 2}, name, 22, now)
	for file, want := range map[string]int64{UsualFile(usual): 11, name: 22, UsualFile(other): 0, "0123456789abcde.json": 0, "x.json": 0} {
		if _, changed, known := x.OfFile(file, x.NamedOtherwise()); changed != want || known != (want != 0) {
			t.Errorf("%s was changed at %d, %t", file, changed, known)
		}
	}
}
