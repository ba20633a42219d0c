package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// pushed is how many items the push has that is interrupted.
const pushed = 3

// points are all the places at which the program can end during a push: each
// brings the disk to where it is then. The dataset has two items before.
func points() map[string]func(*testing.T, *bench) {
	all := map[string]func(*testing.T, *bench){
		"items are put together": func(t *testing.T, b *bench) { b.stage(t) },
		"numbers are written": func(t *testing.T, b *bench) {
			staged := b.stage(t)
			content, err := atomicfile.EncodeState(&numbering{First: 3, Count: pushed})
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, filepath.Join(b.dir, staged, numberingFile), string(content))
		},
	}
	for linked := range pushed + 1 {
		all[fmt.Sprintf("%d items have numbers", linked)] = func(t *testing.T, b *bench) { b.begin(t, linked) }
	}
	all["the items are counted"] = func(t *testing.T, b *bench) {
		b.begin(t, pushed, func(c *directory.Collection) error { return setItemCount(c, "d", 2+pushed) })
	}
	// Undoing, too, can end anywhere.
	for left := range pushed {
		all[fmt.Sprintf("undone but for %d items", left)] = func(t *testing.T, b *bench) {
			b.begin(t, pushed)
			for n := 2 + pushed; n > 2+left; n-- {
				b.remove(t, "datasets/d/"+itemName(int64(n)))
			}
		}
	}
	for files := range pushed + 1 {
		all[fmt.Sprintf("undone, with %d files in the transaction's folder", files)] = func(t *testing.T, b *bench) {
			b.begin(t, 0)
			folder := durable.PrivateFolder + "/" + transactionFolder("d")
			b.remove(t, folder+"/"+numberingFile)
			for i := pushed - 1; i >= files; i-- {
				b.remove(t, folder+"/"+strconv.Itoa(i))
			}
		}
	}
	return all
}

// Wherever a push is interrupted, none of its items is there, neither before nor
// after the next change, and nothing is left of it.
func TestInterruptedPush(t *testing.T) {
	for name, interrupt := range points() {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			interrupt(t, b)
			b.expect(t, "before the next change", `{"n":1}`, `{"n":2}`)
			next := newHandler(t, b.dir)
			if err := next.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.expect(t, "after the next start", `{"n":1}`, `{"n":2}`)
			if _, err := next.push(t.Context(), b.ref(), [][]byte{[]byte(`{"next":1}`), []byte(`{"next":2}`)}); err != nil {
				t.Fatal(err)
			}
			b.expect(t, "after the next push", `{"n":1}`, `{"n":2}`, `{"next":1}`, `{"next":2}`)
			b.expectNoLitter(t)
		})
	}
}

// A push that was interrupted after its commit is there.
func TestPushInterruptedAfterCommit(t *testing.T) {
	b := newBench(t)
	staged := b.stage(t)
	b.change(t, func(c *directory.Collection, dataset *directory.Storage) error {
		tx, err := begin(c, dataset, staged, 3, pushed)
		if err != nil {
			return err
		}
		if err := tx.place(); err != nil {
			return err
		}
		return c.Root.Rename(tx.folder, durable.TemporaryFolder+"/committed")
	})
	want := []string{`{"n":1}`, `{"n":2}`, `{"pushed":0}`, `{"pushed":1}`, `{"pushed":2}`}
	b.expect(t, "before the next change", want...)
	if err := newHandler(t, b.dir).Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.expect(t, "after the next start", want...)
	b.expectNoLitter(t)
}

// What an SDK has put at a push's numbers stays, whether it was there before, or
// came after the push was interrupted and the dataset purged.
func TestInterruptedPushAmongOthers(t *testing.T) {
	t.Run("appeared meanwhile", func(t *testing.T) {
		b := newBench(t)
		staged := b.stage(t)
		writeFile(t, filepath.Join(b.dir, "datasets/d", itemName(4)), `{"foreign":4}`)
		b.change(t, func(c *directory.Collection, dataset *directory.Storage) error {
			tx, err := begin(c, dataset, staged, 3, pushed)
			if err != nil {
				return err
			}
			return tx.place()
		})
		if err := newHandler(t, b.dir).Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.expect(t, "undone", `{"n":1}`, `{"n":2}`, `{"foreign":4}`)
		b.expectNoLitter(t)
	})
	t.Run("purged", func(t *testing.T) {
		b := newBench(t)
		b.begin(t, pushed)
		if err := os.RemoveAll(filepath.Join(b.dir, "datasets/d")); err != nil {
			t.Fatal(err)
		}
		want := []string{`{"sdk":1}`, `{"sdk":2}`, `{"sdk":3}`, `{"sdk":4}`}
		for i, item := range want {
			writeFile(t, filepath.Join(b.dir, "datasets/d", itemName(int64(i+1))), item)
		}
		b.expect(t, "before the next change", want...)
		if err := newHandler(t, b.dir).Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.expect(t, "after the next start", want...)
		b.expectNoLitter(t)
	})
	t.Run("without hard links", func(t *testing.T) {
		b := newBench(t)
		b.begin(t, 0)
		writeFile(t, filepath.Join(b.dir, "datasets/d", itemName(3)), b.text(0))
		if err := newHandler(t, b.dir).Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.expect(t, "undone", `{"n":1}`, `{"n":2}`)
	})
}

// Numbers that a push finds taken are skipped, and nothing is replaced.
func TestPushSkipsTakenNumbers(t *testing.T) {
	b := newBench(t)
	b.pushAmongOthers(t)
	b.expect(t, "stored", `{"n":1}`, `{"n":2}`, `{"pushed":0}`, `{"foreign":4}`, `{"pushed":1}`, `{"pushed":2}`)
	b.expectNoLitter(t)
}

// A push that fails half-way, say on a full disk, is taken back.
func TestFailedPushIsTakenBack(t *testing.T) {
	b := newBench(t)
	staged := b.stage(t)
	b.remove(t, staged+"/2")
	err := b.h.Change(t.Context(), b.ref(), func(c *directory.Collection, dataset *directory.Storage) error {
		return b.h.place(c, dataset, staged, pushed)
	})
	if err == nil {
		t.Error("items that do not exist were stored")
	}
	b.expect(t, "after the failure", `{"n":1}`, `{"n":2}`)
	b.expectNoLitter(t)
}

// A broken note of an interrupted push is said, and nothing is guessed.
func TestBrokenNumbering(t *testing.T) {
	b := newBench(t)
	b.begin(t, 2)
	path := filepath.Join(b.dir, durable.PrivateFolder, transactionFolder("d"), numberingFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		broken := slices.Clone(text)
		broken[i] ^= 1
		writeFile(t, path, string(broken))
		_, err := newHandler(t, b.dir).readNumbers("d")
		if _, ok := errors.AsType[*atomicfile.BrokenError](err); !ok {
			t.Errorf("with byte %d flipped: %v, want a broken file", i, err)
		}
	}
}

// bench is a dataset "d" of two items, {"n":1} and {"n":2}.
type bench struct {
	h   *Handler
	dir string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir()}
	writeFile(t, filepath.Join(b.dir, "datasets/d", itemName(1)), `{"n":1}`)
	writeFile(t, filepath.Join(b.dir, "datasets/d", itemName(2)), `{"n":2}`)
	b.h = newHandler(t, b.dir)
	return b
}

func (b *bench) ref() directory.Ref { return directory.Ref{Kind: directory.Datasets, Name: "d"} }

func (b *bench) text(i int) string {
	text, _ := itemText(fmt.Appendf(nil, `{"pushed":%d}`, i))
	return string(text)
}

func (b *bench) stage(t *testing.T) (folder string) {
	t.Helper()
	leave, err := b.h.Enter()
	if err != nil {
		t.Fatal(err)
	}
	items := make([][]byte, pushed)
	for i := range items {
		items[i] = fmt.Appendf(nil, `{"pushed":%d}`, i)
	}
	folder, err = b.h.stage(items)
	if err := errors.Join(err, leave()); err != nil {
		t.Fatal(err)
	}
	return folder
}

func (b *bench) change(t *testing.T, do func(*directory.Collection, *directory.Storage) error) {
	t.Helper()
	if err := b.h.Change(t.Context(), b.ref(), do); err != nil {
		t.Fatal(err)
	}
}

// push pushes items {}.
func (b *bench) push(t *testing.T, count int) {
	t.Helper()
	if _, err := b.h.push(t.Context(), b.ref(), slices.Repeat([][]byte{[]byte("{}")}, count)); err != nil {
		t.Fatal(err)
	}
}

// pushAmongOthers pushes while somebody else's item appears.
func (b *bench) pushAmongOthers(t *testing.T) {
	t.Helper()
	staged := b.stage(t)
	writeFile(t, filepath.Join(b.dir, "datasets/d", itemName(4)), `{"foreign":4}`)
	b.change(t, func(c *directory.Collection, dataset *directory.Storage) error {
		tx, err := begin(c, dataset, staged, 3, pushed)
		if err != nil {
			return err
		}
		return tx.carryOut(2)
	})
}

func (b *bench) mkdir(t *testing.T, name string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(b.dir, name), 0o700); err != nil {
		t.Fatal(err)
	}
}

// begin begins a push, gives its first items their numbers, and does more while it
// has the lock: the next who takes that undoes the push.
func (b *bench) begin(t *testing.T, linked int, more ...func(*directory.Collection) error) {
	t.Helper()
	staged := b.stage(t)
	b.change(t, func(c *directory.Collection, dataset *directory.Storage) error {
		tx, err := begin(c, dataset, staged, 3, pushed)
		if err != nil {
			return err
		}
		for i := range linked {
			if err := c.Root.Link(tx.folder+"/"+strconv.Itoa(i), itemPath("d", int64(3+i))); err != nil {
				return err
			}
		}
		for _, do := range more {
			if err := do(c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(b.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// expect reads the dataset as a program does that has just started.
func (b *bench) expect(t *testing.T, when string, want ...string) {
	t.Helper()
	numbers, err := newHandler(t, b.dir).readNumbers("d")
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	var got []string
	for n := range numbers.ascending(0) {
		text, err := os.ReadFile(filepath.Join(b.dir, "datasets/d", itemName(n)))
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		got = append(got, strings.NewReplacer("\n", "", "\t", "", " ", "").Replace(string(text)))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: items %v, want %v", when, got, want)
	}
}

// expectNoLitter starts a program that writes, and looks for what is left.
func (b *bench) expectNoLitter(t *testing.T) {
	t.Helper()
	leave, err := newHandler(t, b.dir).Enter()
	if err != nil {
		t.Fatal(err)
	}
	if err := leave(); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{durable.TemporaryFolder + "/*", durable.PrivateFolder + "/datasets/*.push"} {
		if left, err := filepath.Glob(filepath.Join(b.dir, pattern)); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
