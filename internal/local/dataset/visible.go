package dataset

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/apifyctl/apifyctl/internal/local/directory"
)

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
