package dataset

import (
	"context"
	"errors"
	"io/fs"

	"github.com/apifyctl/apifyctl/internal/local/directory"
	"github.com/apifyctl/apifyctl/internal/transform"
)

// cleanCounted is up to how many items are looked at to tell how many of them
// are clean. They may have been edited, so that has to be done each time.
const cleanCounted = 1000

// cleanItems is how many items a reader gets with clean=1. Of more than
// cleanCounted items, and where one cannot be read, it is simply all of them.
func (h *Handler) cleanItems(ctx context.Context, s *directory.Collection, folder string) (clean int64, err error) {
	numbers, err := h.itemNumbers(s, folder)
	if err != nil {
		return 0, err
	}
	if numbers.count() > cleanCounted {
		return numbers.count(), nil
	}
	reader, err := newItemReader(s, folder, numbers, &transform.Transformation{SkipHidden: true, SkipEmpty: true, Lines: true})
	if err != nil {
		return 0, err
	}
	unreadable := reader.run(ctx, numbers.ascending(0), func(_ []byte, count int64) error {
		clean += count
		return nil
	})
	if unreadable != nil {
		clean = numbers.count()
	}
	return clean, errors.Join(context.Cause(ctx), reader.close())
}

// datasetBytes is how much the items take, as text.
func (h *Handler) datasetBytes(s *directory.Collection, found *directory.Storage) (size *int64, err error) {
	numbers, err := h.itemNumbers(s, found.Folder)
	if err != nil {
		return nil, err
	}
	folder, err := s.Folders.OpenRoot(found.Folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	count := numbers.count()
	looked := min(count, directory.Measured)
	return directory.Estimate(count, func(yield func(fs.FileInfo, error) bool) {
		for i := range looked {
			for n := range numbers.ascending(i * count / looked) {
				if !yield(folder.Lstat(numbers.name(n))) {
					return
				}
				break
			}
		}
	})
}
