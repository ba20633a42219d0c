package records

import (
	"context"
	"errors"
	"iter"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Present are those of the keys under which there is a record; missing is called for the
// others.
func Present(ctx context.Context, store transfer.Store, keys []string, missing func(key string)) (there []string, err error) {
	err = transfer.InOrder(ctx, each(keys), transfer.DefaultConcurrency, func(ctx context.Context, key string) (bool, error) {
		_, err := store.HeadRecord(ctx, store.Ref, key)
		if api.IsNotFound(err) {
			return false, nil
		}
		return err == nil, store.RecordFailed(key, err)
	}, func(key string, found bool, err error) error {
		switch {
		case found:
			there = append(there, key)
		case err == nil:
			missing(key)
		}
		return err
	})
	return there, err
}

// Each works on keys, some at a time. One that fails does not stop the
// others, unless they would fail as well.
func Each(ctx context.Context, tell failure.Tell, keys []string, concurrency int, work func(context.Context, string) error) error {
	results := failure.Outcome{Noun: "records", Tell: tell}
	err := transfer.ForEach(ctx, keys, concurrency, func(ctx context.Context, key string) error {
		err := work(ctx, key)
		if transfer.Fatal(ctx, err) {
			return err
		}
		results.Note(err)
		return nil
	})
	return errors.Join(err, results.Err())
}

func each(keys []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
	}
}
