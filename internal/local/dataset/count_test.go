package dataset

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// What an SDK reads of a dataset's metadata is the number of its items, whatever
// has become of a push.
func TestItemCountOfTheSDKs(t *testing.T) {
	for name, c := range map[string]struct {
		do    func(*testing.T, *bench)
		count int
	}{
		"one item": {func(t *testing.T, b *bench) { b.push(t, 1) }, 3},
		"several":  {func(t *testing.T, b *bench) { b.push(t, 5) }, 7},
		"interrupted": {func(t *testing.T, b *bench) {
			points()["the items are counted"](t, b)
			if err := newHandler(t, b.dir).Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, 2},
		"numbers that are taken": {func(t *testing.T, b *bench) { b.pushAmongOthers(t) }, 6},
		"a number that a folder has, one item": {func(t *testing.T, b *bench) {
			b.mkdir(t, "datasets/d/"+itemName(3))
			b.push(t, 1)
		}, 3},
		"a number that a folder has, several": {func(t *testing.T, b *bench) {
			b.mkdir(t, "datasets/d/"+itemName(4))
			b.push(t, 2)
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			path := filepath.Join(b.dir, "datasets/d", directory.MetadataFile)
			writeFile(t, path, `{"id":"aBcDeFgHiJkLmN012","name":"d","itemCount":2}`)
			c.do(t, b)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var metadata struct{ ItemCount int }
			if err := json.Unmarshal(text, &metadata); err != nil || metadata.ItemCount != c.count {
				t.Errorf("the metadata counts %d items, want %d: %v", metadata.ItemCount, c.count, err)
			}
			if numbers, err := b.h.readNumbers("d"); err != nil || numbers.count() != int64(c.count) {
				t.Errorf("the items that are seen: %v, want %d: %v", numbers, c.count, err)
			}
		})
	}
}

// A push to a dataset that had no items is undone as any other, also if it was of
// one item.
func TestInterruptedFirstPush(t *testing.T) {
	b := newBench(t)
	b.remove(t, "datasets/d/"+itemName(1))
	b.remove(t, "datasets/d/"+itemName(2))
	staged := b.stage(t)
	b.change(t, func(c *directory.Collection, dataset *directory.Storage) error {
		tx, err := begin(c, dataset, staged, 1, 1)
		if err != nil {
			return err
		}
		return tx.place()
	})
	b.expect(t, "before the next change")
	if err := newHandler(t, b.dir).Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.expect(t, "after the next start")
	b.expectNoLitter(t)
}
