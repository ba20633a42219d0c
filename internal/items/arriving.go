package items

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
)

// followPause is how long to wait before asking for more where there was none.
const followPause = time.Second

// Arriving yields what a dataset holds and then what is added to it, until the
// run has ended and everything was read, or until ctx ends, which is no failure. A run
// that cannot be looked at, as in a local directory, has no end that could be seen:
// unseen is told why, once. "" is no run.
func Arriving(ctx context.Context, client *api.Client, ref api.Ref, items api.ItemsOptions, run string, unseen func(error)) iter.Seq2[api.Page, error] {
	return func(yield func(api.Page, error) bool) {
		for {
			ended := runEnded(ctx, client, &run, unseen) // before the last look, or items could be missed
			for page, err := range client.Datasets().Pages(ctx, ref, items) {
				if err != nil && ctx.Err() != nil {
					return
				}
				if err != nil {
					yield(page, err)
					return
				}
				items.Offset = max(items.Offset, page.Next)
				if page.Count > 0 && !yield(page, nil) {
					return
				}
			}
			if ended {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(followPause):
			}
		}
	}
}

// runEnded asks for a run's state.
func runEnded(ctx context.Context, client *api.Client, run *string, unseen func(error)) bool {
	if *run == "" {
		return false
	}
	ended, err := client.RunEnded(ctx, *run)
	if _, answered := errors.AsType[*api.Error](err); answered {
		unseen(err)
		*run = ""
	}
	return ended
}
