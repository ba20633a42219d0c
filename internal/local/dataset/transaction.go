package dataset

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// A push of several items is a transaction. Its items are put together in a
// temporary folder and brought to the disk. With the dataset's lock held, a file
// is added that says which numbers the items get, and the folder becomes the
// dataset's transaction folder: from then on readers do not see these numbers.
// The items are linked to their numbers one by one, and when all of them are on
// the disk there, the transaction folder is moved away: that is the commit.
//
// Whoever finds a transaction folder with the lock free undoes the push, since
// nobody was told that it succeeded: what has a number and is the same file as in
// the transaction folder is removed, the last one first, and the folder at last.
// Undoing can itself be interrupted anywhere, and goes on from there. What an SDK
// has put at these numbers meanwhile, say after it purged the dataset, is another
// file, and stays.
//
// A single item needs no transaction: it is moved to its number, or is not.

// numbering is the file that says which numbers the items get: item i the i-th
// number from First on that is not in Taken.
type numbering struct {
	First int64   `json:"first"`
	Count int     `json:"count"`
	Taken []int64 `json:"taken,omitempty"` // by items of others that appeared meanwhile, ascending
}

const numberingFile = "numbers.json"

// transactionFolder is below .apifyctl, beside the state of the dataset.
func transactionFolder(folder string) string {
	return directory.BesideFile(directory.Datasets, folder, ".push")
}

// numbers are those of the items, in order.
func (n *numbering) numbers() []int64 {
	numbers := make([]int64, 0, n.Count)
	taken := n.Taken
	for number := n.First; len(numbers) < n.Count; number++ {
		if len(taken) > 0 && taken[0] == number {
			taken = taken[1:]
			continue
		}
		numbers = append(numbers, number)
	}
	return numbers
}

// readNumbering reads the file of a dataset's transaction. Where none is under
// way it is fs.ErrNotExist.
func readNumbering(root *os.Root, folder string) (*numbering, error) {
	var n numbering
	name := transactionFolder(folder) + "/" + numberingFile
	err := durable.ReadState(root, name, &n)
	if err == nil && (n.First < 1 || n.Count < 1 || n.Count > maxPushBytes) {
		err = &atomicfile.BrokenError{Name: name, Reason: errors.New("it has no numbers")}
	}
	if err != nil {
		return nil, err
	}
	return &n, nil
}

// transaction is a push that is being carried out.
type transaction struct {
	numbering
	c       *directory.Collection
	dataset *directory.Storage
	folder  string // below the storage directory
}

// begin makes a staged folder the transaction folder of a dataset.
func begin(c *directory.Collection, dataset *directory.Storage, staged string, first int64, count int) (*transaction, error) {
	t := &transaction{numbering{First: first, Count: count}, c, dataset, durable.PrivateFolder + "/" + transactionFolder(dataset.Folder)}
	content, err := atomicfile.EncodeState(&t.numbering)
	if err != nil {
		return nil, err
	}
	if err := atomicfile.Create(c.Root, staged+"/"+numberingFile, content); err != nil {
		return nil, err
	}
	if err := atomicfile.SyncFolder(c.Root, staged); err != nil {
		return nil, err
	}
	if err := c.Root.Rename(staged, t.folder); err != nil {
		return nil, err
	}
	return t, atomicfile.SyncFolder(c.Root, path.Dir(t.folder))
}

// carryOut links the items to their numbers, and commits. count is how many items
// the dataset has had.
func (t *transaction) carryOut(count int64) error {
	if err := t.place(); err != nil {
		return err
	}
	count += int64(t.Count)
	if t.Taken != nil {
		var err error
		if count, err = countItems(t.c, t.dataset.Folder); err != nil {
			return err
		}
	}
	if err := setItemCount(t.c, t.dataset.Folder, count); err != nil {
		return err
	}
	if err := atomicfile.SyncFolder(t.c.Root, t.dataset.Path()); err != nil {
		return err
	}
	rest, err := durable.TemporaryName(t.c.Root)
	if err != nil {
		return err
	}
	if err := t.c.Root.Rename(t.folder, rest); err != nil {
		return err
	}
	// What stays of it is removed by whoever enters next.
	defer func() { _ = t.c.Root.RemoveAll(rest) }()
	return atomicfile.SyncFolder(t.c.Root, path.Dir(t.folder))
}

func (t *transaction) place() (err error) {
	move, closeMover, err := openMover(t.c, t.dataset, t.folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeMover()) }()
	number := t.First
	for i := range t.Count {
		for ; ; number++ {
			err := move.Link(strconv.Itoa(i), itemName(number))
			if err == nil {
				break
			}
			if !errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("store items in dataset %s: %w", t.dataset.Folder, err)
			}
			// Somebody else's: undoing must not take it for one of the push.
			t.Taken = append(t.Taken, number)
			if err := durable.WriteState(t.c.Root, transactionFolder(t.dataset.Folder)+"/"+numberingFile, &t.numbering); err != nil {
				return err
			}
		}
		number++
	}
	return nil
}

// undo takes back a push that was interrupted. The dataset's lock is held. It does
// nothing where there is no such push.
func undo(c *directory.Collection, folder string) error {
	n, err := readNumbering(c.Root, folder)
	from := durable.PrivateFolder + "/" + transactionFolder(folder)
	if broken, ok := errors.AsType[*atomicfile.BrokenError](err); ok {
		return fmt.Errorf("dataset %s has items of an interrupted push, and which ones is not known: %w; remove %s to keep them", folder, broken, from)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return removeEmptied(c, from)
	case err != nil:
		return err
	}
	if err := n.unlink(c.Root, folder); err != nil {
		return fmt.Errorf("undo an interrupted push to dataset %s: %w", folder, err)
	}
	if err := atomicfile.IgnoreMissing(atomicfile.SyncFolder(c.Root, directory.Datasets.Folder()+"/"+folder)); err != nil {
		return err // the folder stays until they are gone for good
	}
	if count, err := countItems(c, folder); err == nil {
		if err := setItemCount(c, folder, count); err != nil {
			return err
		}
	}
	// The file goes first: without it the folder means nothing.
	if err := c.Root.Remove(from + "/" + numberingFile); err != nil {
		return err
	}
	if err := atomicfile.SyncFolder(c.Root, from); err != nil {
		return err
	}
	return c.Root.RemoveAll(from)
}

// removeEmptied removes the folder of a push whose undoing was interrupted at its
// very end.
func removeEmptied(c *directory.Collection, folder string) error {
	if _, err := c.Root.Lstat(folder); err != nil {
		return atomicfile.IgnoreMissing(err)
	}
	return c.Root.RemoveAll(folder)
}

// unlink takes the items of the push away from their numbers.
func (n *numbering) unlink(root *os.Root, folder string) error {
	numbers := n.numbers()
	for i := len(numbers) - 1; i >= 0; i-- {
		placed, err := n.isPlaced(root, folder, i, numbers[i])
		if err == nil && placed {
			err = root.Remove(itemPath(folder, numbers[i]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func itemPath(folder string, number int64) string {
	return directory.Datasets.Folder() + "/" + folder + "/" + itemName(number)
}

// isPlaced tells whether item i of the push has its number. Where the file system
// has no hard links, that is a file of the same content.
func (n *numbering) isPlaced(root *os.Root, folder string, i int, number int64) (bool, error) {
	name, staged := itemPath(folder, number), durable.PrivateFolder+"/"+transactionFolder(folder)+"/"+strconv.Itoa(i)
	placed, err := root.Lstat(name)
	if err != nil {
		return false, atomicfile.IgnoreMissing(err)
	}
	original, err := root.Lstat(staged)
	if err != nil {
		return false, atomicfile.IgnoreMissing(err)
	}
	if os.SameFile(placed, original) {
		return true, nil
	}
	if !placed.Mode().IsRegular() || placed.Size() != original.Size() {
		return false, nil
	}
	one, err := root.ReadFile(staged)
	if err != nil {
		return false, err
	}
	other, err := root.ReadFile(name)
	return bytes.Equal(one, other), err
}

// isVoid tells whether the dataset has become another one since the push was
// interrupted: somebody else's item has the number of its first.
func (n *numbering) isVoid(root *os.Root, folder string) (bool, error) {
	first := n.numbers()[0]
	if _, err := root.Lstat(itemPath(folder, first)); err != nil {
		return false, atomicfile.IgnoreMissing(err)
	}
	placed, err := n.isPlaced(root, folder, 0, first)
	return !placed, err
}

// countItems reads a dataset's folder.
func countItems(c *directory.Collection, folder string) (int64, error) {
	numbers, err := (&itemIndex{}).read(c.Folders, folder)
	if err != nil {
		return 0, err
	}
	return numbers.count(), nil
}

// visible takes the items of an unfinished push, by another process or one that
// was killed, out of a dataset's numbers. What this process pushes is no matter
// here: an index does not tell of it before all is there.
func visible(c *directory.Collection, folder string, read func() (*numbers, error)) (*numbers, error) {
	for try := 0; ; try++ {
		before, err := c.Folders.Stat(folder)
		if err != nil {
			return nil, err
		}
		numbers, err := read()
		if err != nil || c.Private == nil {
			return numbers, err
		}
		switch n, err := readNumbering(c.Root, folder); {
		case err == nil:
			if void, err := n.isVoid(c.Root, folder); void || err != nil {
				return numbers, err
			}
			return numbers.below(n.First), nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("dataset %s has items of an interrupted push, and which ones is not known: %w", folder, err)
		}
		after, err := c.Folders.Stat(folder)
		if err != nil {
			return nil, err
		}
		// A push that began and ended in between was perhaps seen half-way.
		if try == visibleTries || after.ModTime().Equal(before.ModTime()) {
			return numbers, nil
		}
	}
}

// visibleTries bounds looking again at a dataset that never stops growing.
const visibleTries = 4
