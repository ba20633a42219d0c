package export

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// pipeline encodes pages with several goroutines and hands them out in order.
// It holds a fixed number of pieces, so its memory is bounded.
type pipeline struct {
	workers int
	free    chan *piece
}

// maxWorkers bounds memory: nothing is gained beyond what the wire brings.
const maxWorkers = 4

func newPipeline() *pipeline {
	workers := min(runtime.GOMAXPROCS(0), maxWorkers)
	l := &pipeline{workers: workers, free: make(chan *piece, workers+1)}
	for range workers + 1 {
		l.free <- &piece{done: make(chan struct{}, 1)}
	}
	return l
}

// errEnough ends a run early and well: what is under way is still used.
var errEnough = errors.New("enough pages")

// run fills pieces with feed, which reports whether there was another page,
// encodes them, and calls use in their order. Only feed and use may block; run
// returns when both have. It stops at the first error, which locate may change.
func (l *pipeline) run(ctx context.Context, feed feed, worker func() pageEncoder, use func(*piece) error, locate func(error) error) error {
	feeding, stop := context.WithCancel(ctx)
	defer stop()
	jobs, order := make(chan *piece, cap(l.free)), make(chan *piece, cap(l.free))
	var group sync.WaitGroup
	for range l.workers {
		group.Go(func() {
			pages := worker()
			for p := range jobs {
				if p.fresh {
					p.err = checkText(p.page)
				}
				if p.err == nil {
					p.err = pages.encode(p)
				}
				p.done <- struct{}{}
			}
		})
	}
	var feedErr error
	group.Go(func() {
		defer close(order)
		defer close(jobs)
		feedErr = l.feed(feeding, feed, jobs, order)
	})
	var failed error
	for p := range order {
		<-p.done
		if failed == nil || errors.Is(failed, errEnough) {
			err := p.err
			if err == nil {
				err = use(p)
			}
			if err != nil {
				failed = locate(err)
				stop()
			}
		}
		p.page, p.out, p.found, p.layout, p.release = nil, nil, nil, nil, nil
		l.free <- p
	}
	group.Wait()
	switch {
	case errors.Is(failed, errEnough):
		return nil
	case failed != nil:
		return failed
	case feedErr != nil:
		return feedErr
	}
	return ctx.Err()
}

func (l *pipeline) feed(ctx context.Context, feed feed, jobs, order chan<- *piece) error {
	for {
		var p *piece
		select {
		case p = <-l.free:
		case <-ctx.Done():
			return nil
		}
		more := ctx.Err() == nil
		var err error
		if more {
			p.items, p.counted, p.fresh, p.err = 0, 0, false, nil
			more, err = feed(p)
		}
		if !more || err != nil {
			l.free <- p
			return err
		}
		jobs <- p
		order <- p
	}
}
