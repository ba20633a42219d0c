package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/local/durable"
)

// A push of several items is a transaction. Its items are put together in a
// temporary folder and brought to the disk. With the dataset's lock held, that
// folder becomes the dataset's transaction folder, with a file in it that says
// which numbers the items get: from then on readers do not see these numbers.
// The items are moved to their numbers one by one, and when all of them are on
// the disk there, the transaction folder is moved away: that is the commit.
//
// Whoever finds a transaction folder with the lock free undoes the push, since
// nobody was told that it succeeded: each item is moved back, and the folder is
// removed at last. An item is either in the transaction folder or at its number,
// so undoing can itself be interrupted anywhere, and goes on from there.
//
// A single item needs no transaction: it is moved to its number, or is not.

// transaction is the file of the numbers. Item i of the push gets the i-th
// number from First on that is not in Taken.
type transaction struct {
	First int64   `json:"first"`
	Count int     `json:"count"`
	Taken []int64 `json:"taken,omitempty"` // by items of others that appeared meanwhile, ascending
}

const transactionFile = "transaction.json"

// transactionFolder is below .apifyctl, beside the state of the dataset.
func transactionFolder(folder string) string {
	return directory.BesideFile(directory.Datasets, folder, ".push")
}

// numbers yields each item of the push with its number, the last one first.
func (t *transaction) numbers() []int64 {
	numbers := make([]int64, 0, t.Count)
	taken := t.Taken
	for n := t.First; len(numbers) < t.Count; n++ {
		if len(taken) > 0 && taken[0] == n {
			taken = taken[1:]
			continue
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// readTransaction is the transaction of a dataset's folder; nil where there is
// none.
func readTransaction(s *directory.Collection, folder string) (*transaction, error) {
	if s.Private == nil {
		return nil, nil
	}
	var t transaction
	err := durable.ReadJSON(s.Private, transactionFolder(folder)+"/"+transactionFile, &t)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && (t.First < 1 || t.Count < 1 || t.Count > maxPushBytes) {
		err = errors.New("it has no numbers")
	}
	if err != nil {
		return nil, fmt.Errorf("read the unfinished push of dataset %s: %w", folder, err)
	}
	return &t, nil
}

// push is a transaction that is being carried out.
type push struct {
	transaction
	shelf   *directory.Collection
	dataset *directory.Storage
	folder  string // the transaction folder, below the storage directory
}

// beginPush makes a staged folder the transaction folder.
func beginPush(s *directory.Collection, dataset *directory.Storage, staged string, first int64, count int) (*push, error) {
	p := &push{transaction{First: first, Count: count}, s, dataset, durable.PrivateFolder + "/" + transactionFolder(dataset.Folder)}
	if err := durable.WriteJSON(s.Root, strings.TrimPrefix(staged, durable.PrivateFolder+"/")+"/"+transactionFile, &p.transaction); err != nil {
		return nil, err
	}
	if err := s.Root.Rename(staged, p.folder); err != nil {
		return nil, err
	}
	return p, durable.SyncFolder(s.Root, path.Dir(p.folder))
}

// place moves the items to their numbers.
func (p *push) place(move func(from string, number int64) error) error {
	next := p.First
	for i := range p.Count {
		for {
			number := next
			next++
			err := move(p.folder+"/"+strconv.Itoa(i), number)
			if err == nil {
				break
			}
			if !errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("store items in dataset %s: %w", p.dataset.Folder, err)
			}
			// Somebody else's: undoing must not take it for one of the push.
			p.Taken = append(p.Taken, number)
			if err := durable.WriteJSON(p.shelf.Root, strings.TrimPrefix(p.folder, durable.PrivateFolder+"/")+"/"+transactionFile, &p.transaction); err != nil {
				return err
			}
		}
	}
	return nil
}

// commit makes the push count. The folder that it returns is to be removed.
func (p *push) commit() (rest string, err error) {
	if err := durable.SyncFolder(p.shelf.Root, p.dataset.Path()); err != nil {
		return "", err
	}
	rest, err = durable.TemporaryName(p.shelf.Root)
	if err != nil {
		return "", err
	}
	if err := p.shelf.Root.Rename(p.folder, rest); err != nil {
		return "", err
	}
	return rest, durable.SyncFolder(p.shelf.Root, path.Dir(p.folder))
}

// undoPush takes back a push that was interrupted. The dataset's lock is held.
func undoPush(s *directory.Collection, folder string) error {
	t, err := readTransaction(s, folder)
	if t == nil || err != nil {
		return err
	}
	from := durable.PrivateFolder + "/" + transactionFolder(folder)
	numbers := t.numbers()
	for i := len(numbers) - 1; i >= 0; i-- {
		name := directory.Datasets.Folder() + "/" + folder + "/" + itemName(numbers[i])
		if err := takeBack(s.Root, from+"/"+strconv.Itoa(i), name); err != nil {
			return fmt.Errorf("undo an interrupted push to dataset %s: %w", folder, err)
		}
	}
	if err := durable.IgnoreMissing(durable.SyncFolder(s.Root, directory.Datasets.Folder()+"/"+folder)); err != nil {
		return err // the folder stays until they are gone for good
	}
	if count, err := countItems(s, folder); err == nil {
		if err := directory.EditMetadata(s.Root, directory.Datasets, folder, directory.MetadataEdit{Modified: time.Now(), ItemCount: &count}); err != nil {
			return err
		}
	}
	// The file goes first: without it the folder means nothing.
	if err := s.Root.Remove(from + "/" + transactionFile); err != nil {
		return err
	}
	if err := durable.SyncFolder(s.Root, from); err != nil {
		return err
	}
	return s.Root.RemoveAll(from)
}

// takeBack moves an item from its number back to where it was put together. What
// has the number while the item is there, too, is somebody else's, unless it is
// the same file: a system without a way to rename to a free name only makes a
// second name, or a copy, first.
func takeBack(root *os.Root, staged, name string) error {
	placed, err := root.Lstat(name)
	if err != nil {
		return durable.IgnoreMissing(err)
	}
	original, err := root.Lstat(staged)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return root.Rename(name, staged)
	case err != nil:
		return err
	case os.SameFile(placed, original):
		return root.Remove(name)
	}
	same, err := sameContent(root, staged, name)
	if err != nil || !same {
		return err
	}
	return root.Remove(name)
}

func sameContent(root *os.Root, a, b string) (bool, error) {
	one, err := root.ReadFile(a)
	if err != nil {
		return false, err
	}
	other, err := root.ReadFile(b)
	return bytes.Equal(one, other), err
}

// countItems reads a dataset's folder.
func countItems(s *directory.Collection, folder string) (int64, error) {
	numbers, err := (&itemIndex{}).read(s.Folders, folder)
	if err != nil {
		return 0, err
	}
	return numbers.count(), nil
}

// visible takes the items of an unfinished push, by another process or one that
// was killed, out of a dataset's numbers. What this process pushes is no matter
// here: an index does not tell of it before all is there.
func visible(s *directory.Collection, folder string, read func() (*bitmap, error)) (*bitmap, error) {
	for try := 0; ; try++ {
		before, err := s.Folders.Stat(folder)
		if err != nil {
			return nil, err
		}
		numbers, err := read()
		if err != nil {
			return nil, err
		}
		switch t, err := readTransaction(s, folder); {
		case err != nil: // none of ours; who changes something is told
			s.Log.Warn("file ignored", "dataset", folder, "error", err)
		case t != nil:
			return numbers.below(t.First), nil
		}
		after, err := s.Folders.Stat(folder)
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

// placeItems gives staged items their numbers in a dataset whose lock is held. No
// file is ever replaced: a number that an SDK takes meanwhile is skipped. When it
// fails, what was placed is taken back. rest is to be removed.
func (h *Handler) placeItems(ctx context.Context, s *directory.Collection, target *directory.Storage, staged string, count int) (rest string, err error) {
	if err := ctx.Err(); err != nil {
		return staged, err
	}
	// Without a state, the creation time would be guessed from files.
	if !target.Dated {
		if err := s.WriteState(target.Folder, target.Remembered()); err != nil {
			return staged, err
		}
	}
	index := h.indexes.of(target.Folder)
	known, err := index.read(s.Folders, target.Folder)
	if err != nil {
		return staged, err
	}
	next := known.last() + 1
	if count == 1 {
		return staged, h.placeOne(s, target, staged, index)
	}
	index.hideFrom(next)
	defer index.hideFrom(0)
	p, err := beginPush(s, target, staged, next, count)
	if err != nil {
		return staged, err
	}
	total := known.count() + int64(count)
	err = p.place(func(from string, number int64) error {
		return durable.Put(s.Root, from, target.Path()+"/"+itemName(number))
	})
	if err == nil {
		err = directory.EditMetadata(s.Root, directory.Datasets, target.Folder, directory.MetadataEdit{Modified: time.Now(), ItemCount: new(total + int64(len(p.Taken)))})
	}
	if err == nil {
		rest, err = p.commit()
	}
	if err != nil {
		return rest, errors.Join(err, undoPush(s, target.Folder))
	}
	index.add(append(p.numbers(), p.Taken...))
	return rest, nil
}

// placeOne moves a single item to the next free number.
func (h *Handler) placeOne(s *directory.Collection, target *directory.Storage, staged string, index *itemIndex) error {
	known, err := index.read(s.Folders, target.Folder)
	if err != nil {
		return err
	}
	var numbers []int64
	for number := known.last() + 1; ; number++ {
		numbers = append(numbers, number)
		err := durable.Put(s.Root, staged+"/0", target.Path()+"/"+itemName(number))
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("store an item in dataset %s: %w", target.Folder, err)
		}
	}
	s.SyncLater(target.Path())
	index.add(numbers)
	total := known.count() + int64(len(numbers))
	return directory.EditMetadata(s.Root, directory.Datasets, target.Folder, directory.MetadataEdit{Modified: time.Now(), ItemCount: &total})
}
