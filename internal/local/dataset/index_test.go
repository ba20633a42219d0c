package dataset

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

func TestNumbers(t *testing.T) {
	all := []int64{1, 2, 63, 64, 65, 4095, 4096, 4097, 9000, 999_999_999, 123_456_789_012}
	small := (&numbers{}).with(all[3:7]).with(all[:4])
	full := small.with(all[5:])
	if small.count() != 7 || full.count() != int64(len(all)) || full.last() != all[len(all)-1] {
		t.Errorf("%d, %d, %d", small.count(), full.count(), full.last())
	}
	for _, limit := range []int64{0, 1, 2, 3, 63, 64, 65, 66, 9000, 9001, 1 << 50} {
		want := slices.DeleteFunc(slices.Clone(all), func(n int64) bool { return n >= limit })
		below := full.below(limit)
		if got := slices.Collect(below.ascending(0)); !slices.Equal(got, want) || below.count() != int64(len(want)) {
			t.Errorf("below %d: %v, %d of them", limit, got, below.count())
		}
		if last := below.last(); len(want) > 0 && last != want[len(want)-1] || len(want) == 0 && last != 0 {
			t.Errorf("below %d the last is %d", limit, last)
		}
	}
	for skip := range len(all) + 2 {
		rest := all[min(skip, len(all)):]
		if got := slices.Collect(full.ascending(int64(skip))); !slices.Equal(got, rest) {
			t.Errorf("without %d: %v", skip, got)
		}
		rest = slices.Clone(all[:max(0, len(all)-skip)])
		slices.Reverse(rest)
		if got := slices.Collect(full.descending(int64(skip))); !slices.Equal(got, rest) {
			t.Errorf("descending without %d: %v", skip, got)
		}
	}
	if last := (&numbers{}).last(); last != 0 {
		t.Errorf("the last of none is %d", last)
	}
	twice := (&numbers{}).with([]int64{1, 2}).with([]int64{2, 3})
	if got := slices.Collect(twice.ascending(0)); twice.count() != 3 || !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("numbers that are added twice: %v, %d of them", got, twice.count())
	}
	for _, grown := range []*numbers{twice.with([]int64{4}).with([]int64{5, 6}), (&numbers{}).with([]int64{2}).with([]int64{1})} {
		if len(grown.spans) != 1 {
			t.Errorf("numbers without a gap take %d spans in memory", len(grown.spans))
		}
	}
}

func TestItemNames(t *testing.T) {
	for _, n := range []int64{1, 999_999_999, 1_000_000_000, 999_999_999_999_999} {
		if got, ok := itemNumber(itemName(n)); !ok || got != n {
			t.Errorf("%s: %d", itemName(n), got)
		}
	}
	for _, name := range []string{"000000000.json", ".json", "000000001", "00000000x.json", "000000001.json.lock", strings.Repeat("9", 16) + ".json", "-00000001.json"} {
		if n, ok := itemNumber(name); ok {
			t.Errorf("%s is taken for %d", name, n)
		}
	}
}

// Whatever happens to a folder, the next read knows.
func TestIndexFollowsTheFolder(t *testing.T) {
	dir := t.TempDir()
	h := newHandler(t, dir)
	folder := filepath.Join(dir, "datasets", "d")
	write := func(n int64) { writeFile(t, filepath.Join(folder, itemName(n)), "{}") }
	write(1)
	write(2)
	expect := func(want ...int64) {
		t.Helper()
		numbers, err := h.readNumbers("d")
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Collect(numbers.ascending(0)); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	expect(1, 2)
	write(3)
	expect(1, 2, 3)
	write(7)
	expect(1, 2, 3, 7)
	write(5)
	expect(1, 2, 3, 5, 7)
	if err := os.Remove(filepath.Join(folder, itemName(1))); err != nil {
		t.Fatal(err)
	}
	expect(2, 3, 5, 7)

	// A folder that takes long to read is only looked at behind its end while it grows.
	index := h.indexes.Of("d", newIndex)
	index.took, index.scanned = time.Hour, time.Now()
	scanned := index.scanned
	write(8)
	write(9)
	expect(2, 3, 5, 7, 8, 9)
	if !index.scanned.Equal(scanned) || !index.guessed {
		t.Error("it was read again")
	}
	// Something else happened to it: it is read.
	if err := os.Remove(filepath.Join(folder, itemName(5))); err != nil {
		t.Fatal(err)
	}
	expect(2, 3, 7, 8, 9)
	if index.scanned.Equal(scanned) {
		t.Error("it was not read again")
	}
	// Another folder in its place.
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	write(1)
	expect(1)
}

// A folder that takes long to read is not read again for what we put there.
func TestPushesToALargeFolder(t *testing.T) {
	b := newBench(t)
	folder, past := filepath.Join(b.dir, "datasets/d"), time.Now().Add(-time.Hour)
	if err := os.Chtimes(folder, past, past); err != nil {
		t.Fatal(err)
	}
	if _, err := b.h.readNumbers("d"); err != nil {
		t.Fatal(err)
	}
	index := b.h.indexes.Of("d", newIndex)
	index.took, index.scanned = time.Hour, time.Now()
	scanned := index.scanned
	for _, size := range []int{1, 3, 1, 1} {
		if b.push(t, size); index.numbers == nil || !index.scanned.Equal(scanned) {
			t.Errorf("for a push of %d it is read again", size)
		}
	}
	if numbers, err := b.h.readNumbers("d"); err != nil || numbers.count() != 2+6 {
		t.Errorf("after the pushes: %v, want %d items: %v", numbers, 2+6, err)
	}
	if !index.scanned.Equal(scanned) {
		t.Error("it was read again")
	}
}

// Items that a push is placing are not seen before all are there, even if the
// folder is read anew.
func TestItemsThatAreBeingPlaced(t *testing.T) {
	b := newBench(t)
	index := b.h.indexes.Of("d", newIndex)
	index.hideFrom(3)
	writeFile(t, filepath.Join(b.dir, "datasets/d", itemName(3)), `{"n":3}`)
	for _, when := range []string{"at first", "again", "anew"} {
		if when == "anew" {
			index.forget()
		}
		if numbers, err := b.h.readNumbers("d"); err != nil || numbers.count() != 2 {
			t.Errorf("%s: %v, %v", when, numbers, err)
		}
	}
	index.hideFrom(0)
	if numbers, err := b.h.readNumbers("d"); err != nil || numbers.count() != 3 {
		t.Errorf("when all are there: %v, %v", numbers, err)
	}
}

// Who reads while others push sees each push whole, and nothing go.
func TestReadingWhileItemsArePushed(t *testing.T) {
	const pushes, size = 8, 40
	b := newBench(t)
	items := slices.Repeat([][]byte{[]byte("{}")}, size)
	pushed := make(chan error)
	go func() {
		defer close(pushed)
		for range pushes {
			if _, err := b.h.push(t.Context(), b.ref(), items); err != nil {
				pushed <- err
			}
		}
	}()
	seen := int64(2)
	for done := false; !done; {
		select {
		case err, failed := <-pushed:
			if failed {
				t.Error(err)
			}
			done = !failed
		default:
		}
		numbers, err := b.h.readNumbers("d")
		if err != nil {
			t.Fatal(err)
		}
		count := numbers.count()
		if count < seen || (count-2)%size != 0 {
			t.Errorf("%d items are seen, after %d", count, seen)
		}
		seen = count
	}
	if seen != 2+pushes*size {
		t.Errorf("%d items are seen at the end", seen)
	}
}

// What is called like an item and is none is named, but not without end.
func TestFilesLeftOut(t *testing.T) {
	for files, more := range map[int]string{maxIgnored: "", maxIgnored + 1: "and 1 more", maxIgnored + 5: "and 5 more"} {
		t.Run(strconv.Itoa(files), func(t *testing.T) {
			b := newBench(t)
			for n := range files {
				writeFile(t, filepath.Join(b.dir, "datasets/d", itemName(int64(n+1))), "{}")
				writeFile(t, filepath.Join(b.dir, "datasets/d", strconv.Itoa(n+1)+itemSuffix), "{}")
			}
			if _, err := b.h.readNumbers("d"); err != nil {
				t.Fatal(err)
			}
			said := b.h.indexes.Of("d", newIndex).leftOut()
			named, last := said, ""
			if more != "" {
				last = said[len(said)-1].Error()
				named = said[:len(said)-1]
			}
			if len(named) != maxIgnored || last != more {
				t.Errorf("%d files are named, and then %q, want %d and %q", len(named), last, maxIgnored, more)
			}
		})
	}
}

// newHandler is the handler of a directory's datasets, without the rest.
func newHandler(t *testing.T, dir string) *Handler {
	t.Helper()
	files, err := directory.Open(dir, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := New(files)
	files.Serve(nil, map[directory.Kind]directory.Contents{directory.Datasets: h})
	return h
}

func (h *Handler) readNumbers(folder string) (numbers *numbers, err error) {
	err = h.Read(directory.Datasets, func(c *directory.Collection) error {
		numbers, err = h.itemNumbers(c, folder)
		return err
	})
	return numbers, err
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
