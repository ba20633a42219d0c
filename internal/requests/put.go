package requests

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptrace"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/input"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Putter adds requests that are read to a queue, in batches, several at a time. It is
// for one call of Put.
type Putter struct {
	Queues    api.RequestQueues
	Ref       api.Ref
	Defaults  Defaults
	Forefront bool
	InOrder   bool               // batches arrive in the order in which they were read
	Read      func(bytes int)    // counts what was read; nil: nobody wants to know
	Sent      func(requests int) // counts what was sent, from several goroutines; nil likewise

	group *errgroup.Group
	batch transfer.Batch
	taken int64

	added, present, handled atomic.Int64
}

// Put is what became of requests.
type Put struct {
	Taken                   int64 // that were read
	Added, Present, Handled int64 // new ones; that were there already, and of those that were handled
}

// Put adds all requests of the sources. What was done is right also after an error.
func (p *Putter) Put(ctx context.Context, sources []input.Source) (Put, error) {
	group, groupContext := errgroup.WithContext(ctx)
	p.group = group
	p.group.SetLimit(transfer.AtOnce)
	err := p.readAll(groupContext, sources)
	// A failed batch ends the reading too; its error is the one that tells.
	if failed := p.group.Wait(); failed != nil {
		err = transfer.Failed(api.KindRequestQueue, p.Ref, failed)
	}
	return Put{p.taken, p.added.Load(), p.present.Load(), p.handled.Load()}, err
}

func (p *Putter) readAll(ctx context.Context, sources []input.Source) error {
	for _, s := range sources {
		if err := p.readOne(ctx, s); err != nil {
			return err
		}
	}
	p.flush(ctx)
	return nil
}

func (p *Putter) readOne(ctx context.Context, s input.Source) error {
	for row, err := range s.Rows(func(n int) { call(p.Read, n) }) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return transfer.ReadFailed(err)
		}
		request, err := p.Defaults.request(row.JSON)
		if err == nil && len(request)+len("[]") > api.MaxBatchBytes {
			err = fmt.Errorf("the request has %s; %s is the most", output.Bytes(int64(len(request))), output.Bytes(api.MaxBatchBytes))
		}
		if err != nil {
			return s.Failed(row, err)
		}
		if p.batch.Full(len(request)) {
			p.flush(ctx)
		}
		p.batch.Add(request)
		p.taken++
	}
	return nil
}

func call(count func(int), n int) {
	if count != nil {
		count(n)
	}
}

func (p *Putter) flush(ctx context.Context) {
	batch := p.batch.Take()
	if len(batch) == 0 {
		return
	}
	if !p.InOrder {
		p.group.Go(func() error { return p.send(ctx, batch) })
		return
	}
	// A directory gives places in the order in which it reads the batches.
	read := make(chan struct{})
	once := sync.OnceFunc(func() { close(read) })
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { once() }})
	p.group.Go(func() error {
		defer once()
		return p.send(traced, batch)
	})
	<-read
}

func (p *Putter) send(ctx context.Context, batch []json.RawMessage) error {
	return transfer.AddBatch(ctx, p.Queues, p.Ref, batch, p.Forefront, func(processed []api.Added) {
		for _, each := range processed {
			switch {
			case !each.WasAlreadyPresent:
				p.added.Add(1)
			case each.WasAlreadyHandled:
				p.handled.Add(1)
				p.present.Add(1)
			default:
				p.present.Add(1)
			}
		}
		call(p.Sent, len(processed))
	})
}
