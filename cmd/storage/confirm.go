package storage

import (
	"context"
	"fmt"
	"strconv"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// many is from how many storages on a "yes" is too easily typed, and their
// number is asked for.
const many = 10

// confirmDelete shows what goes and asks, where there is anything to delete.
func (r Resource[T]) confirmDelete(ctx context.Context, s *verb.Scope, found []storages.Found[T]) error {
	a := s.App
	count := 0
	for _, storage := range found {
		if storage.Err == nil {
			count++
		}
	}
	if count == 0 || a.Flags.Yes {
		return nil
	}
	if err := a.CanConfirm(); err != nil {
		return err
	}
	printer := a.NotePrinter()
	if err := printer.Rows(ctx, r.foundRows(ctx, s, printer, found)); err != nil {
		return err
	}
	switch {
	case count == 1:
		return a.Confirm(ctx, "Delete it? It will be gone for good.")
	case count < many:
		return a.Confirm(ctx, fmt.Sprintf("Delete these %d %ss? They will be gone for good.", count, r.Kind))
	}
	answer, err := a.Streams.Ask(ctx, fmt.Sprintf("These %d %ss will be gone for good. Type their number to delete them:", count, r.Kind))
	if err != nil {
		return err
	}
	if answer != strconv.Itoa(count) {
		return app.ErrDeclined
	}
	return nil
}
