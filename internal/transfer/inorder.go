package transfer

import (
	"context"
	"iter"
)

// InOrder does work for keys, some at a time, and hands the results to take one
// after the other, in the order of the keys. It waits for all work that began.
func InOrder[K, T any](ctx context.Context, keys iter.Seq2[K, error], concurrency int,
	work func(ctx context.Context, key K) (T, error), take func(key K, result T, err error) error,
) error {
	type done struct {
		key    K
		result T
		err    error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	waiting := make(chan chan done, concurrency-1)
	listing := make(chan error, 1)
	go func() {
		defer close(waiting)
		for key, err := range keys {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				listing <- err
				return
			}
			slot := make(chan done, 1)
			waiting <- slot // before the work begins: that bounds how much is under way
			go func() {
				result, err := work(ctx, key)
				slot <- done{key, result, err}
			}()
		}
		listing <- nil
	}()
	var failed error
	for slot := range waiting {
		d := <-slot
		if failed == nil {
			failed = take(d.key, d.result, d.err)
		} else {
			// What came of it is let go as well.
			_ = take(d.key, d.result, context.Canceled)
		}
		if failed != nil {
			cancel()
		}
	}
	if err := <-listing; failed == nil {
		failed = err
	}
	return failed
}
