package requests

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Change is what is done to some of a queue's requests.
type Change struct {
	queues api.RequestQueues
	ref    api.Ref
	takes  func(json.RawMessage) bool // false: nothing is to be done to this one
	batch  int                        // how many go into one call of do
	do     func(context.Context, []json.RawMessage) (done int, _ error)
}

// Delete deletes requests.
func Delete(queues api.RequestQueues, ref api.Ref) Change {
	return Change{
		queues: queues, ref: ref, batch: api.MaxBatchRequests,
		takes: func(json.RawMessage) bool { return true },
		do: func(ctx context.Context, requests []json.RawMessage) (int, error) {
			ids := make([]string, len(requests))
			for i, raw := range requests {
				var r Request
				if err := json.Unmarshal(raw, &r); err != nil {
					return 0, err
				}
				ids[i] = r.ID
			}
			deleted, err := queues.DeleteRequests(ctx, ref, ids)
			return deleted, transfer.Failed(api.KindRequestQueue, ref, err)
		},
	}
}

// Requeue makes handled requests pending again.
func Requeue(queues api.RequestQueues, ref api.Ref, keepErrors, forefront bool) Change {
	return Change{
		queues: queues, ref: ref, batch: 1,
		takes: func(raw json.RawMessage) bool {
			var r Request
			return json.Unmarshal(raw, &r) == nil && r.HandledAt != ""
		},
		do: func(ctx context.Context, requests []json.RawMessage) (done int, err error) {
			for _, raw := range requests {
				var r Request
				if err := json.Unmarshal(raw, &r); err != nil {
					return done, err
				}
				changed, err := pending(raw, keepErrors)
				if err != nil {
					return done, err
				}
				if err := queues.UpdateRequest(ctx, ref, r.ID, changed, forefront); err != nil {
					return done, Failed(ref, r.ID, err)
				}
				done++
			}
			return done, nil
		},
	}
}

// Failed says which request an error is about.
func Failed(ref api.Ref, id string, err error) error {
	return fmt.Errorf("request %s of request queue %q: %w", id, ref, err)
}

// Meant yields the requests that are changed, those with the IDs or, where there are
// none, those of the selection. None is kept: there may be millions.
func (c Change) Meant(ctx context.Context, ids []string, s Selection) iter.Seq2[json.RawMessage, error] {
	all := s.Requests(ctx, c.queues, c.ref, 0)
	if len(ids) > 0 {
		all = c.byID(ctx, ids)
	}
	return func(yield func(json.RawMessage, error) bool) {
		for raw, err := range all {
			if err != nil && len(ids) == 0 {
				err = transfer.Failed(api.KindRequestQueue, c.ref, err)
			}
			if (err != nil || c.takes(raw)) && !yield(raw, err) {
				return
			}
		}
	}
}

func (c Change) byID(ctx context.Context, ids []string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, id := range ids {
			raw, err := c.queues.Request(ctx, c.ref, id)
			if err != nil {
				err = Failed(c.ref, id, err)
			}
			if !yield(raw, err) || err != nil {
				return
			}
		}
	}
}

// Run changes the requests that are meant as they come, in batches, several at a time,
// and calls count, from several goroutines, with how many are done.
func (c Change) Run(ctx context.Context, ids []string, s Selection, count func(int)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(transfer.AtOnce)
	var batch []json.RawMessage
	flush := func() {
		now := batch
		batch = nil
		group.Go(func() error {
			n, err := c.do(ctx, now)
			count(n)
			return err
		})
	}
	var err error
	for raw, failed := range c.Meant(ctx, ids, s) {
		if failed != nil {
			err = failed
			break
		}
		if batch = append(batch, raw); len(batch) == c.batch {
			flush()
		}
	}
	if err == nil && len(batch) > 0 {
		flush()
	}
	// What ended the group ended the reading too.
	if failed := group.Wait(); failed != nil {
		return failed
	}
	return err
}
