package queue

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/queue/requestfile"
)

func TestPackedIDsKeepTheirOrder(t *testing.T) {
	var ids []requestID
	for n := range 1000 {
		ids = append(ids, requestfile.IDOf(fmt.Sprint(n)))
	}
	slices.SortFunc(ids, func(a, b requestID) int { return strings.Compare(a.String(), b.String()) })
	for i, id := range ids {
		if got := pack(id).unpack(); got != id {
			t.Fatalf("%s came back as %s", id, got)
		}
		if i > 0 && pack(ids[i-1]).compare(pack(id)) >= 0 {
			t.Errorf("%s is not before %s", ids[i-1], id)
		}
	}
	for _, text := range []string{"", "short", "0123456789abcd-", "0123456789abcdef"} {
		if _, ok := requestfile.ParseID(text); ok {
			t.Errorf("%q is taken for an ID", text)
		}
	}
}

// The index must agree with a map through any sequence of changes.
func TestQueueIndexAgainstMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same each time
	x, known, now := newQueueIndex(), map[requestID]int64{}, time.Unix(0, 1_000_000)
	check := func() {
		t.Helper()
		handled, locked := int64(0), 0
		var ready []int64
		for id, order := range known {
			if name, ok := x.file(id); !ok || name != usualFile(id) {
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
		counts := x.counts()
		if counts.TotalRequestCount != int64(len(known)) || counts.HandledRequestCount != handled || x.locked.Len() != locked {
			t.Fatalf("%+v and %d locked, want %d, %d and %d", counts, x.locked.Len(), len(known), handled, locked)
		}
		slices.Sort(ready)
		for i, id := range x.head(len(known) + 1) {
			if known[id] != ready[i] {
				t.Fatalf("place %d of the head has order %d, want %d", i, known[id], ready[i])
			}
		}
		listed, _ := x.after(requestID{}, len(known)+1, []entryState{entryReady, entryLocked, entryHandled})
		if len(listed) != len(known) || !slices.IsSortedFunc(listed, func(a, b requestID) int { return strings.Compare(a.String(), b.String()) }) {
			t.Fatalf("%d listed of %d, or not by ID", len(listed), len(known))
		}
	}
	for step := range 20_000 {
		id := requestfile.IDOf(fmt.Sprint(random.IntN(3000)))
		if random.IntN(3) == 0 {
			x.remove(id)
			delete(known, id)
		} else {
			order := int64(random.IntN(2_000_000)) - 500_000
			if random.IntN(4) == 0 {
				order = 0
			}
			x.set(&requestfile.File{ID: id, Order: order}, usualFile(id), now)
			known[id] = order
		}
		if step%2000 == 0 {
			now = now.Add(10 * time.Millisecond)
			x.expire(now)
			check()
		}
	}
	x.expire(now)
	check()
}

func savedText(t *testing.T, q *queue) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := q.writeTo(&text); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func TestSavedIndexComesBack(t *testing.T) {
	now := time.Unix(0, 1_000_000)
	q := &queue{index: newQueueIndex(), dir: directory.FolderIdentity{ID: "id", Number: 7}}
	for n := range 40_000 {
		id := requestfile.IDOf(fmt.Sprint(n))
		f, name := requestfile.File{ID: id, Order: int64(n % 1000)}, usualFile(id)
		if n%100 == 1 {
			f.Order, f.Holder = 5_000_000+int64(n), "client"
		}
		if n%100 == 2 {
			name = fmt.Sprintf("%015x.json", n)
		}
		q.index.set(&f, name, now)
	}
	head, x, err := readSavedIndex(&summed{bufio.NewReader(bytes.NewReader(savedText(t, q))), crc32.NewIEEE()}, q.dir, now)
	if err != nil {
		t.Fatal(err)
	}
	if head.Count != 40_000 || x.counts() != q.index.counts() {
		t.Errorf("%+v: %+v, want %+v", head.Count, x.counts(), q.index.counts())
	}
	if got, want := x.head(5000), q.index.head(5000); !slices.Equal(got, want) {
		t.Error("the head is another one")
	}
	if got, want := len(x.heldBy("client")), len(q.index.heldBy("client")); got != want || want == 0 {
		t.Errorf("%d locks, want %d", got, want)
	}
	if name, _ := x.file(requestfile.IDOf("102")); name != "000000000000066.json" {
		t.Errorf("a file of another name is now %q", name)
	}
	if _, _, err := readSavedIndex(&summed{bufio.NewReader(bytes.NewReader(savedText(t, q))), crc32.NewIEEE()}, directory.FolderIdentity{ID: "id", Number: 8}, now); err == nil {
		t.Error("the index of another folder was taken")
	}
}

func FuzzReadSavedIndex(f *testing.F) {
	identity := directory.FolderIdentity{ID: "id", Number: 1}
	f.Add([]byte("{\"format\":1,\"folder\":{\"id\":\"id\",\"number\":1},\"count\":1}\n" + string(make([]byte, entrySize))))
	entry := binary.LittleEndian.AppendUint64(nil, 1<<63)
	f.Add(append([]byte("{\"format\":1,\"folder\":{\"id\":\"id\",\"number\":1},\"count\":9}\n"), append(entry, entry...)...))
	f.Fuzz(func(t *testing.T, text []byte) {
		head, x, err := readSavedIndex(&summed{bufio.NewReader(bytes.NewReader(text)), crc32.NewIEEE()}, identity, time.Now())
		if err == nil && x.count != max(0, head.Count) {
			t.Errorf("%d entries, %d were said", x.count, head.Count)
		}
	})
}
