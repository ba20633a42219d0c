package transfer

import (
	"cmp"
	"context"
	"iter"
	"sync"

	"golang.org/x/sync/errgroup"

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

// Outcome gathers what failed of several records. Safe for concurrent use.
type Outcome struct {
	Warn Warn

	mutex  sync.Mutex
	total  int
	failed int
	first  error
}

// Warn tells a person about something that does not end the work.
type Warn func(format string, args ...any)

// Note prints a failure on a line of its own. It tells whether there was none.
func (o *Outcome) Note(err error) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.total++
	if err == nil {
		return true
	}
	o.failed++
	if o.first == nil {
		o.first = err
	}
	if o.failed <= maxShown {
		o.Warn("%v", err)
	}
	if o.failed == maxShown+1 {
		o.Warn("more have failed, and are not shown")
	}
	return false
}

// maxShown is how many failures are told one by one.
const maxShown = 50

// Err is a failure.PartialError where some have failed. Of the only one it is its own error.
func (o *Outcome) Err() error {
	switch {
	case o.failed == 0:
		return nil
	case o.total == 1:
		return o.first
	}
	return &failure.PartialError{Failed: o.failed, Total: o.total, Noun: "records"}
}

// Failed is how many have failed.
func (o *Outcome) Failed() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.failed
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
func ForEachOf(ctx context.Context, keys iter.Seq2[string, error], concurrency int, work func(ctx context.Context, key string) error) error {
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
