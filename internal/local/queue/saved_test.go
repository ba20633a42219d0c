package queue

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/queue/requestindex"
	"github.com/apifyctl/apifyctl/internal/requestfile"
)

func savedText(t *testing.T, q *queue) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := q.writeTo(&text); err != nil {
		t.Fatal(err)
	}
	return binary.LittleEndian.AppendUint32(text.Bytes(), crc32.Checksum(text.Bytes(), crc32.MakeTable(crc32.Castagnoli)))
}

func someQueue(count int) *queue {
	now := time.Now()
	q := &queue{index: requestindex.New(), seen: folderState{7, 1234567890}, clients: clients{"client", true}}
	for n := range count {
		id := requestfile.IDOf(fmt.Sprint(n))
		f, name := requestfile.File{ID: id, Order: int64(n % 1000)}, requestindex.UsualFile(id)
		if n%100 == 1 {
			f.Order, f.Holder = now.Add(time.Hour).UnixNano()+int64(n), "client"
		}
		if n%100 == 2 {
			name = fmt.Sprintf("%015x\xff.json", n)
		}
		q.index.Set(&f, name, int64(n), now)
	}
	return q
}

func TestSavedIndexComesBack(t *testing.T) {
	q, got := someQueue(40_000), &queue{}
	if err := got.restoreFrom(bytes.NewReader(savedText(t, q))); err != nil {
		t.Fatal(err)
	}
	x := got.index
	if got.seen != q.seen || got.clients != q.clients || x.Counts() != q.index.Counts() {
		t.Errorf("%+v, %+v, %+v, want %+v, %+v, %+v", got.seen, got.clients, x.Counts(), q.seen, q.clients, q.index.Counts())
	}
	if got, want := x.Head(5000), q.index.Head(5000); !slices.Equal(got, want) {
		t.Error("the head is another one")
	}
	if got, want := len(x.HeldBy("client")), len(q.index.HeldBy("client")); got != want || want == 0 {
		t.Errorf("%d locks, want %d", got, want)
	}
	id := requestfile.IDOf("102")
	if name, _ := x.File(id); name != "000000000000066\xff.json" {
		t.Errorf("a file of another name is now %q", name)
	}
	changed := map[int64]bool{}
	others := x.NamedOtherwise()
	for id := range x.All() {
		name, _ := x.File(id)
		_, last, _ := x.OfFile(name, others)
		changed[last] = true
	}
	if len(changed) != 40_000 || !changed[102] {
		t.Errorf("%d different times of changes came back, want 40000", len(changed))
	}
}

// Whatever is wrong with a saved index, it is not believed.
func TestBrokenSavedIndex(t *testing.T) {
	text := savedText(t, someQueue(300))
	random := rand.New(rand.NewPCG(3, 4))
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
	for _, q := range []*queue{someQueue(0), someQueue(3)} {
		var text bytes.Buffer
		if err := q.writeTo(&text); err != nil {
			f.Fatal(err)
		}
		f.Add(text.Bytes())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		head, x, err := readSavedIndex(bytes.NewReader(text), time.Now())
		if err == nil && x.Count() != max(0, head.Count) {
			t.Errorf("%d entries, %d were said", x.Count(), head.Count)
		}
	})
}
