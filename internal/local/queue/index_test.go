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
			x.set(&requestfile.File{ID: id, Order: order}, usualFile(id), 1, now)
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
	return binary.LittleEndian.AppendUint32(text.Bytes(), crc32.Checksum(text.Bytes(), castagnoli()))
}

func someQueue(count int) *queue {
	now := time.Now()
	q := &queue{index: newQueueIndex(), seen: folderState{7, 1234567890}, clients: clients{"client", true}}
	for n := range count {
		id := requestfile.IDOf(fmt.Sprint(n))
		f, name := requestfile.File{ID: id, Order: int64(n % 1000)}, usualFile(id)
		if n%100 == 1 {
			f.Order, f.Holder = now.Add(time.Hour).UnixNano()+int64(n), "client"
		}
		if n%100 == 2 {
			name = fmt.Sprintf("%015x\xff.json", n)
		}
		q.index.set(&f, name, int64(n), now)
	}
	return q
}

func TestSavedIndexComesBack(t *testing.T) {
	q, got := someQueue(40_000), &queue{}
	if err := got.restoreFrom(bytes.NewReader(savedText(t, q))); err != nil {
		t.Fatal(err)
	}
	x := got.index
	if got.seen != q.seen || got.clients != q.clients || x.counts() != q.index.counts() {
		t.Errorf("%+v, %+v, %+v, want %+v, %+v, %+v", got.seen, got.clients, x.counts(), q.seen, q.clients, q.index.counts())
	}
	if got, want := x.head(5000), q.index.head(5000); !slices.Equal(got, want) {
		t.Error("the head is another one")
	}
	if got, want := len(x.heldBy("client")), len(q.index.heldBy("client")); got != want || want == 0 {
		t.Errorf("%d locks, want %d", got, want)
	}
	id := requestfile.IDOf("102")
	if name, _ := x.file(id); name != "000000000000066\xff.json" {
		t.Errorf("a file of another name is now %q", name)
	}
	if number, _ := x.table.find(pack(id)); x.entries.at(number).changed != 102 {
		t.Errorf("request 102 was changed at %d", x.entries.at(number).changed)
	}
}

// Whatever is wrong with a saved index, it is not believed.
func TestBrokenSavedIndex(t *testing.T) {
	text := savedText(t, someQueue(300))
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // the same each time
	for range 300 {
		broken := bytes.Clone(text)
		at := random.IntN(len(text))
		what := fmt.Sprint("cut off at ", at)
		if random.IntN(2) == 0 {
			broken[at] ^= 1 << random.IntN(8)
			what = fmt.Sprint("bit flipped at ", at)
		} else {
			broken = broken[:at]
		}
		if err := (&queue{}).restoreFrom(bytes.NewReader(broken)); err == nil {
			t.Errorf("%s: it was believed", what)
		}
	}
}

func FuzzReadSavedIndex(f *testing.F) {
	for _, text := range []string{
		savedVersion + `{"count":1}` + "\n" + string(make([]byte, entrySize)),
		savedVersion + `{"count":2}` + "\n" + string(make([]byte, 2*entrySize)),
		savedVersion + `{"count":1,"notes":1}` + "\n" + string(make([]byte, entrySize)) + "000000000000000\x00\x01\x00a",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		head, x, err := readSavedIndex(&summed{bufio.NewReader(bytes.NewReader(text)), crc32.NewIEEE()}, time.Now())
		if err == nil && x.count != max(0, head.Count) {
			t.Errorf("%d entries, %d were said", x.count, head.Count)
		}
	})
}
