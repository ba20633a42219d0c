package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/apifyctl/apifyctl/internal/atomicfile"
	"github.com/apifyctl/apifyctl/internal/local/directory"
)

// place gives staged items the next numbers of a dataset, whose lock is held. No
// file is ever replaced: a number that an SDK takes meanwhile is skipped. When it
// fails, what was placed is taken back.
func (h *Handler) place(c *directory.Collection, dataset *directory.Storage, staged string, count int) error {
	if count == 0 {
		return nil
	}
	// Without a state, the creation time would be guessed from files.
	if !dataset.Dated {
		if err := c.WriteState(dataset.Folder, dataset.Remembered()); err != nil {
			return err
		}
	}
	index := h.indexes.Of(dataset.Folder, newIndex)
	known, err := index.read(c.Folders, dataset.Folder)
	if err != nil {
		return err
	}
	if count == 1 {
		return placeOne(c, dataset, staged, index, known)
	}
	index.hideFrom(known.last() + 1)
	defer index.hideFrom(0)
	t, err := begin(c, dataset, staged, known.last()+1, count)
	if err != nil {
		return errors.Join(err, undo(c, dataset.Folder))
	}
	if err := t.carryOut(known.count()); err != nil {
		return errors.Join(err, undo(c, dataset.Folder))
	}
	if t.Taken != nil {
		index.forget() // what has these numbers may be no items
		return nil
	}
	index.add(t.numbers())
	return nil
}

// placeOne moves a single item to the next free number.
func placeOne(c *directory.Collection, dataset *directory.Storage, staged string, index *itemIndex, known *numbers) (err error) {
	move, closeMover, err := openMover(c, dataset, staged)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeMover()) }()
	number := known.last() + 1
	for ; ; number++ {
		err := move.MoveNew("0", itemName(number))
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("store an item in dataset %s: %w", dataset.Folder, err)
		}
	}
	skipped := number > known.last()+1 // what has the numbers between may be no items
	count := known.count() + 1
	if skipped {
		if count, err = countItems(c, dataset.Folder); err != nil {
			return err
		}
	}
	if err := setItemCount(c, dataset.Folder, count); err != nil {
		return errors.Join(err, c.Root.Remove(dataset.Path()+"/"+itemName(number)))
	}
	c.SyncLater(dataset.Path())
	if skipped {
		index.forget()
		return nil
	}
	index.add([]int64{number})
	return nil
}

// openMover opens what moves items from a folder, below the storage directory, to
// their numbers.
func openMover(c *directory.Collection, dataset *directory.Storage, staged string) (move *atomicfile.Mover, closeMover func() error, err error) {
	from, err := atomicfile.OpenFolder(c.Root, staged)
	if err != nil {
		return nil, nil, err
	}
	to, err := atomicfile.OpenFolder(c.Root, dataset.Path())
	if err != nil {
		return nil, nil, errors.Join(err, from.Close())
	}
	return atomicfile.NewMover(c.Root, from, to), func() error {
		return errors.Join(from.Close(), to.Close())
	}, nil
}

// setItemCount tells the SDKs: Python's numbers its next item by it.
func setItemCount(c *directory.Collection, folder string, count int64) error {
	edit := directory.MetadataEdit{Modified: time.Now(), ItemCount: &count}
	return directory.EditMetadata(c.Root, directory.Datasets, folder, edit)
}
