package transfer

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
)

type queues struct{}

func factsOfQueue(q *api.RequestQueue, err error) (facts, error) {
	if err != nil {
		return facts{}, err
	}
	return facts{q.ID, q.TotalRequestCount}, nil
}

func (queues) find(ctx context.Context, s Side) (facts, error) {
	return factsOfQueue(s.Client.RequestQueues().Get(ctx, s.Ref))
}

func (queues) create(ctx context.Context, s Side, name string) (facts, error) {
	made, _, err := s.Client.RequestQueues().Create(ctx, name)
	return factsOfQueue(made, err)
}

func (queues) count(_ context.Context, _ Side, f facts) (int64, error) { return f.holds, nil }

// begins looks whether the source has the first requests that are there too.
func (queues) begins(ctx context.Context, j *Copy) (bool, error) {
	if j.there > j.total {
		return false, nil
	}
	there := j.Destination.Client.RequestQueues().Requests(ctx, j.Destination.Ref, api.RequestsOptions{Limit: sample})
	for raw, err := range there {
		if err != nil {
			return false, j.failed(j.Destination, err)
		}
		r, err := readRequest(raw)
		if err == nil {
			_, err = j.Source.Client.RequestQueues().Request(ctx, j.Source.Ref, r.ID)
		}
		switch {
		case api.IsNotFound(err):
			return false, nil
		case err != nil:
			return false, j.failed(j.Source, err)
		}
	}
	return true, nil
}

// requestFacts is what a copy looks at in a request.
type requestFacts struct {
	ID        string `json:"id"`
	UniqueKey string `json:"uniqueKey"`
	HandledAt string `json:"handledAt"`
}

func readRequest(raw json.RawMessage) (requestFacts, error) {
	var r requestFacts
	err := json.Unmarshal(raw, &r)
	return r, err
}

const (
	// requestPage is how many requests are read at once, and held in memory.
	requestPage = 1000
	// maxHead is how much of its order the API tells.
	maxHead = 1000
	// parallel is how many requests to the API are under way at once where order
	// does not matter.
	parallel = 8
)

// transfer adds what is pending in its order, one batch after the other, and
// what was handled several batches at a time.
func (queues) transfer(ctx context.Context, j *Copy) (holds int64, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	c := &queueCopy{Copy: j, queues: j.Destination.Client.RequestQueues(), handled: group}
	err = c.read(ctx)
	// A failed batch ends the reading too; its error is the one that tells.
	if failed := group.Wait(); failed != nil {
		err = failed
	}
	j.copied = c.added.Load()
	if j.Append {
		return j.there + j.copied, err
	}
	return c.seen, err
}

// queueCopy is the copy of one queue under way.
type queueCopy struct {
	*Copy
	queues  api.RequestQueues
	handled *errgroup.Group
	pending Batch
	done    Batch
	seen    int64
	added   atomic.Int64

	looking       sync.Mutex
	looked, keeps bool // whether the server takes requests that were handled as they are
}

// Batch gathers requests until they are as many as the API takes.
type Batch struct {
	requests []json.RawMessage
	bytes    int
}

// Full tells whether another request of that size has no room.
func (b *Batch) Full(size int) bool {
	return len(b.requests) == api.MaxBatchRequests || len(b.requests) > 0 && b.bytes+size+2 > api.MaxBatchBytes
}

// Add takes one more request.
func (b *Batch) Add(request json.RawMessage) {
	b.requests = append(b.requests, request)
	b.bytes += len(request) + len(",")
}

// Take returns the requests, and begins anew.
func (b *Batch) Take() []json.RawMessage {
	requests := b.requests
	*b = Batch{}
	return requests
}

func (c *queueCopy) read(ctx context.Context) error {
	for raw, err := range c.inOrder(ctx) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return c.failed(c.Source, err)
		}
		request, err := draft(raw)
		if err != nil {
			return c.failed(c.Source, err)
		}
		facts, err := readRequest(raw)
		if err != nil {
			return c.failed(c.Source, err)
		}
		c.seen++
		if facts.HandledAt != "" {
			if c.done.Full(len(request)) {
				c.sendHandled(ctx)
			}
			c.done.Add(request)
			continue
		}
		if c.pending.Full(len(request)) {
			if err := c.send(ctx, c.pending.Take()); err != nil {
				return err
			}
		}
		c.pending.Add(request)
	}
	c.sendHandled(ctx)
	return c.send(ctx, c.pending.Take())
}

func (c *queueCopy) sendHandled(ctx context.Context) {
	requests := c.done.Take()
	c.handled.Go(func() error { return c.send(ctx, requests) })
}
