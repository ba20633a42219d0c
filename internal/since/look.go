package since

import (
	"context"
	"errors"
	"fmt"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/export/canonical"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// ErrChanged means that a dataset does not hold any more what was taken of it.
var ErrChanged = errors.New("the dataset has changed")

// Check tells whether a dataset still begins with what was taken of it: it must
// have the last of these items, and the same one.
func (b *Book) Check(ctx context.Context, datasets api.Datasets, ref api.Ref, taken Taken) error {
	if taken.Items == 0 {
		return nil
	}
	last, err := Last(ctx, datasets, ref, taken.Items)
	hint := "remove " + b.path + " to take everything again, or give another --state"
	switch {
	case err != nil:
		return err
	case last == "":
		return failure.WithHint(fmt.Errorf("%w: %d items were taken, and there are fewer now", ErrChanged, taken.Items), hint)
	case last != taken.Last:
		return failure.WithHint(fmt.Errorf("%w: item %d is not the one that was taken", ErrChanged, taken.Items), hint)
	}
	return nil
}

// Last is what the last of so many items is equal by; "" where there are fewer.
func Last(ctx context.Context, datasets api.Datasets, ref api.Ref, items int64) (string, error) {
	for page, err := range datasets.Pages(ctx, ref, api.ItemsOptions{Offset: items - 1, Limit: 1}) {
		if err != nil {
			return "", err
		}
		for item, err := range rawjson.Elements(page.Data) {
			if err != nil {
				return "", err
			}
			return canonical.Sum(item)
		}
	}
	return "", nil
}
