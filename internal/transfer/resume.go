package transfer

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// Kept is an export that can be broken off and gone on with.
type Kept struct {
	file  *partialFile
	items api.ItemsOptions
}

// Keep opens what an earlier export to the same destination has kept, and makes
// sure that it is of the same dataset and that its pages would come out the
// same today.
func Keep(ctx context.Context, datasets api.Datasets, ref api.Ref, path string, items api.ItemsOptions) (*Kept, error) {
	dataset, err := datasets.Get(ctx, ref)
	if err != nil {
		return nil, err
	}
	asked := journal{Version: journalVersion, Dataset: dataset.ID, CreatedAt: dataset.CreatedAt.UTC().Format(time.RFC3339Nano), Items: items}
	asked.Items.PageSize, asked.Items.Concurrency = 0, 0
	if items.Descending || items.View != "" { // what is added shifts the offsets; a view may be descending, too
		asked.Modified = dataset.ModifiedAt.UTC().Format(time.RFC3339Nano)
	}
	file, err := openPartial(path, asked)
	if errors.Is(err, ErrOtherExport) {
		return nil, failure.WithHint(err, "the dataset or the flags are not the same as then: remove that file to begin anew, or leave --resume out")
	}
	if err != nil {
		return nil, err
	}
	if file.some && dataset.ItemCount < file.next {
		return nil, errors.Join(fmt.Errorf("%w: %s holds the first %d items, and the dataset has %d", ErrOtherExport, file.path, file.next, dataset.ItemCount), file.close())
	}
	return &Kept{file: file, items: items}, nil
}

// Behind is how many items were kept before; 0 for none.
func (p *Kept) Behind() int64 {
	if !p.file.some {
		return 0
	}
	return p.file.next
}

// Pages yields what was kept, then what is fetched, which is kept, too.
func (p *Kept) Pages(fetch func(api.ItemsOptions) iter.Seq2[api.Page, error]) iter.Seq2[api.Page, error] {
	return func(yield func(api.Page, error) bool) {
		on := true
		if err := p.file.kept(func(page api.Page) bool { on = yield(page, nil); return on }); err != nil {
			yield(api.Page{}, err)
			return
		}
		left := p.items
		left.Offset = p.file.next
		if left.Limit > 0 {
			left.Limit -= p.file.next - p.items.Offset
		}
		if !on || p.items.Limit > 0 && left.Limit <= 0 {
			return
		}
		for page, err := range fetch(left) {
			if err == nil {
				err = p.file.add(page)
			}
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// Close drops what was kept when the export went well, or when that is nothing,
// and says how to go on else.
func (p *Kept) Close(err error) error {
	if err == nil {
		return p.file.remove()
	}
	if !p.file.some {
		return errors.Join(err, p.file.remove())
	}
	err = errors.Join(err, p.file.close())
	if failure.Hint(err) == "" {
		err = failure.WithHint(err, fmt.Sprintf("the same command goes on behind item %d", p.file.next))
	}
	return err
}
