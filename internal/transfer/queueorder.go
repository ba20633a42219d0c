package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/output"
)

// inOrder yields the source's requests in the order in which they come next, as
// far as the source tells it.
func (c *queueCopy) inOrder(ctx context.Context) iter.Seq2[json.RawMessage, error] {
	queues, ref := c.Source.Client.RequestQueues(), c.Source.Ref
	return func(yield func(json.RawMessage, error) bool) {
		for raw, err := range queues.Requests(ctx, ref, api.RequestsOptions{InOrder: true, Page: requestPage}) {
			if errors.Is(err, api.ErrNoOrder) {
				c.headFirst(ctx, yield)
				return
			}
			if !yield(raw, err) || err != nil {
				return
			}
		}
	}
}

// headFirst yields the head of the queue, then the other requests as the API
// lists them. It must not lock what it reads: the platform puts a request whose
// lock is released to an end of the queue.
func (c *queueCopy) headFirst(ctx context.Context, yield func(json.RawMessage, error) bool) {
	queues, ref := c.Source.Client.RequestQueues(), c.Source.Ref
	head, err := queues.Head(ctx, ref, maxHead)
	if err != nil {
		yield(nil, err)
		return
	}
	if len(head) == maxHead {
		c.Tell(fmt.Errorf("the API tells the order of the first %s only; the others come as it lists them", output.Plural(maxHead, "pending request", "pending requests")))
	}
	first := make(map[string]bool, len(head))
	for start := 0; start < len(head); start += api.MaxBatchRequests {
		some := head[start:min(start+api.MaxBatchRequests, len(head))]
		whole, err := c.whole(ctx, some)
		if err != nil {
			yield(nil, err)
			return
		}
		for id, raw := range whole {
			first[id] = true
			if !yield(raw, nil) {
				return
			}
		}
	}
	for raw, err := range queues.Requests(ctx, ref, api.RequestsOptions{Page: requestPage}) {
		if err == nil {
			var r requestFacts
			if r, err = readRequest(raw); err == nil && first[r.ID] {
				continue
			}
		}
		if !yield(raw, err) || err != nil {
			return
		}
	}
}

// whole asks for the requests of a head, which has a part of each only. One that
// is gone by now is left out.
func (c *queueCopy) whole(ctx context.Context, head []json.RawMessage) (iter.Seq2[string, json.RawMessage], error) {
	ids, requests := make([]string, len(head)), make([]json.RawMessage, len(head))
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, raw := range head {
		r, err := readRequest(raw)
		if err != nil {
			return nil, err
		}
		ids[i] = r.ID
		group.Go(func() error {
			raw, err := c.Source.Client.RequestQueues().Request(groupContext, c.Source.Ref, r.ID)
			if api.IsNotFound(err) {
				return nil
			}
			requests[i] = raw
			return err
		})
	}
	err := group.Wait()
	return func(yield func(string, json.RawMessage) bool) {
		for i, id := range ids {
			if requests[i] != nil && !yield(id, requests[i]) {
				return
			}
		}
	}, err
}
