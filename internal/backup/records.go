package backup

import (
	"context"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// oneRecord brings a record up to date. It returns the size of what was stored;
// false where nothing was.
type oneRecord func(ctx context.Context, from, to transfer.Store, p keyPair) (size int64, stored bool, err error)

// records does the same with every key that one of two stores has, many at a
// time. One that fails does not stop the others.
func (j *Job) records(ctx context.Context, step *Step, from, to transfer.Store, one oneRecord) error {
	results := failure.Outcome{Noun: "records", Tell: j.Tell}
	var copied atomic.Int64
	err := transfer.ForEachOf(ctx, pairs(ctx, from, to), transfer.DefaultConcurrency, func(ctx context.Context, p keyPair) error {
		size, stored, err := one(ctx, from, to, p)
		if transfer.Fatal(ctx, err) {
			return err
		}
		if results.Note(err) && stored {
			copied.Add(1)
			j.Progress.Add(1, size)
		}
		return nil
	})
	step.Copied += copied.Load()
	if err == nil {
		err = results.Err()
	}
	return err
}
