package local

import (
	"context"
	"errors"
)

// cleanCounted is up to how many items are looked at to tell how many of them
// are clean. They may have been edited, so that has to be done each time.
const cleanCounted = 1000

// cleanItems is how many items a reader gets with clean=1. Of more than
// cleanCounted items, and where one cannot be read, it is simply all of them.
func (h *Handler) cleanItems(ctx context.Context, s *shelf, folder string) (clean int64, err error) {
	numbers, err := h.itemNumbers(s, folder)
	if err != nil {
		return 0, err
	}
	if numbers.count() > cleanCounted {
		return numbers.count(), nil
	}
	reader, err := h.newItemReader(s, folder, &transformation{skipHidden: true, skipEmpty: true, lines: true})
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
