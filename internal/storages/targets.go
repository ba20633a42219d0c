package storages

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Targets are the storages that were named or selected, each once. Those that cannot
// be found are noted in the outcome.
func (t Type[T]) Targets(ctx context.Context, client *api.Client, s Selection, refs []api.Ref, outcome *failure.Outcome) ([]destination.Target, error) {
	storages, err := t.Meant(ctx, client, s, refs)
	if err != nil {
		return nil, err
	}
	var targets []destination.Target
	seen := map[string]bool{}
	for _, storage := range storages {
		if storage.Err != nil {
			outcome.Note(t.Failed(storage.Ref, storage.Err))
			continue
		}
		if target := t.Target(storage.Ref, storage.Object); !seen[target.ID] {
			seen[target.ID] = true
			targets = append(targets, target)
		}
	}
	return targets, nil
}

// Target is a storage that was looked up, without a place yet.
func (t Type[T]) Target(ref api.Ref, object *T) destination.Target {
	facts := t.Facts(object)
	return destination.Target{Ref: ref, Name: facts.Name, ID: facts.ID, Facts: facts, Count: t.Holds(object)}
}

// Ordered are the storages that were named, in that order, or selected, in the order
// in which they were made, each once. One that cannot be found is an error.
func (t Type[T]) Ordered(ctx context.Context, client *api.Client, s Selection, refs []api.Ref) ([]destination.Target, error) {
	objects, err := t.Once(ctx, client, s, refs)
	if err != nil {
		return nil, err
	}
	var targets []destination.Target
	for _, object := range objects {
		targets = append(targets, t.Target(t.Ref(object), object))
	}
	if s.Given() {
		slices.SortStableFunc(targets, func(a, b destination.Target) int {
			return cmp.Or(a.Facts.CreatedAt.Compare(b.Facts.CreatedAt), strings.Compare(a.ID, b.ID))
		})
	}
	return targets, nil
}

// AtOnce is how many large storages are exported at the same time.
const AtOnce = 4

// What small storages weigh, of whole, which is what all that are exported at the
// same time may weigh. The rate limit counts for each storage, so it is latency that
// this hides; memory is what bounds it.
const (
	whole  = 64
	few    = 100  // items, that take next to nothing
	fair   = 1000 // items, that come as one page
	fairly = 4
)

// EachOf exports storages, some at the same time: few large ones, or many small ones.
// Of counted ones it is known how much they hold.
func EachOf(ctx context.Context, targets []destination.Target, counted bool, export func(i int)) {
	weight := func(i int) int64 {
		switch count := targets[i].Count; {
		case !counted || count > fair:
			return whole / AtOnce
		case count > few:
			return fairly
		}
		return 1
	}
	transfer.EachWeighted(ctx, len(targets), whole, weight, export)
}
