package dataset

import (
	"os"
	"path/filepath"
	"slices"
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
	for _, limit := range []int64{0, 1, 2, 3, 64, 65, 66, 9000, 9001, 1 << 50} {
		want := slices.DeleteFunc(slices.Clone(all), func(n int64) bool { return n >= limit })
		below := full.below(limit)
		if got := slices.Collect(below.ascending(0)); !slices.Equal(got, want) || below.count() != int64(len(want)) {
			t.Errorf("below %d: %v, %d of them", limit, got, below.count())
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
}

func TestItemNames(t *testing.T) {
	for _, n := range []int64{1, 999_999_999, 1_000_000_000} {
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
