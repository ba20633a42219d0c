package transfer

import (
	"cmp"
	"context"
	"iter"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// DefaultConcurrency hides the latency of a hundred milliseconds within the
// rate limit of 200 requests a second.
const DefaultConcurrency = 32

// maxConcurrency is as many connections as there are idle ones.
const maxConcurrency = 64

// CheckConcurrency tells what is wrong with the number of records at once.
func CheckConcurrency(n int) error {
	if n < 1 || n > maxConcurrency {
		return failure.Usagef("--concurrency is a number from 1 to %d", maxConcurrency)
	}
	return nil
}

// Fatal tells that an error will befall every other record as well.
func Fatal(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || api.IsUnauthorized(err) || api.IsForbidden(err))
}

// ForEach runs work for keys, some at a time, and stops at what is fatal.
func ForEach(ctx context.Context, keys []string, concurrency int, work func(ctx context.Context, key string) error) error {
	return ForEachOf(ctx, func(yield func(string, error) bool) {
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
	}, concurrency, work)
}

// ForEachOf is ForEach for keys that come one after the other.
func ForEachOf[K any](ctx context.Context, keys iter.Seq2[K, error], concurrency int, work func(ctx context.Context, key K) error) error {
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	var listing error
	for key, err := range keys {
		if listing = err; err != nil || groupContext.Err() != nil {
			break
		}
		group.Go(func() error { return work(groupContext, key) })
	}
	// What stopped the work stopped the list as well.
	return cmp.Or(group.Wait(), listing, ctx.Err())
}

// AtOnce is how many storages are worked on at the same time. The rate limit
// counts for each of them, so it is latency that this hides.
const AtOnce = 8

// EachWeighted is Each for work of different weights: what is under way together
// weighs no more than most. Nothing more begins when ctx has ended.
func EachWeighted(ctx context.Context, n int, most int64, weight func(i int) int64, work func(i int)) {
	room := semaphore.NewWeighted(most)
	var group sync.WaitGroup
	for i := range n {
		heavy := min(most, weight(i))
		if room.Acquire(ctx, heavy) != nil {
			break
		}
		group.Go(func() {
			defer room.Release(heavy)
			work(i)
		})
	}
	group.Wait()
}

// Each runs work for 0 … n-1, some at a time, and waits for all.
func Each(n, atOnce int, work func(i int)) {
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i := range n {
		group.Go(func() error {
			work(i)
			return nil
		})
	}
	_ = group.Wait() // work keeps its own errors
}
