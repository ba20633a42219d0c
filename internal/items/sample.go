package items

import (
	"context"
	"iter"

	"github.com/apifyctl/apifyctl/internal/api"
)

// Sample yields a sample of so many items: ranges, as far from each other.
func Sample(ctx context.Context, datasets api.Datasets, ref api.Ref, o api.ItemsOptions, sample, total int64) iter.Seq2[api.Page, error] {
	const ranges = 20
	count := min(sample, total)
	return func(yield func(api.Page, error) bool) {
		parts := min(ranges, count)
		for i := range parts {
			o.Limit = count*(i+1)/parts - count*i/parts
			o.Offset = (total - count) * i / max(parts-1, 1)
			o.Offset += count * i / parts
			for page, err := range datasets.Pages(ctx, ref, o) {
				page.Total = count
				if !yield(page, err) || err != nil {
					return
				}
			}
		}
	}
}
