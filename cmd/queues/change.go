package queues

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// shownRequests is how many of the requests that a command will touch it names.
const shownRequests = 10

// change is what a verb does to some of a queue's requests.
type change struct {
	name           string                                      // for the display of progress
	question, done string                                      // with a %s for how many
	chosen         selection                                   // where no IDs are given
	takes          func(json.RawMessage) bool                  // false: nothing is to be done to this one
	batch          int                                         // how many go into one call of do
	do             func([]json.RawMessage) (done int, _ error) // called by several goroutines
}

// meant yields the requests that are meant, by ID or by the selection. None is
// kept: there may be millions.
func (c *change) meant(ctx context.Context, s *verb.Scope) iter.Seq2[json.RawMessage, error] {
	queues, ref, ids := s.Client.RequestQueues(), s.Ref, s.Args
	all := c.chosen.requests(ctx, queues, ref, 0)
	if len(ids) > 0 {
		all = byID(ctx, queues, ref, ids)
	}
	return func(yield func(json.RawMessage, error) bool) {
		for raw, err := range all {
			if err != nil && len(ids) == 0 {
				err = s.Failed(err)
			}
			if (err != nil || c.takes(raw)) && !yield(raw, err) {
				return
			}
		}
	}
}

func byID(ctx context.Context, queues api.RequestQueues, ref api.Ref, ids []string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, id := range ids {
			raw, err := queues.Request(ctx, ref, id)
			if err != nil {
				err = requestFailed(ref, id, err)
			}
			if !yield(raw, err) || err != nil {
				return
			}
		}
	}
}

// confirm looks through what a command will touch, names the first of it, and
// asks. It returns how much it is.
func confirm(ctx context.Context, a *app.App, requests iter.Seq2[json.RawMessage, error], question string) (count int64, err error) {
	var first []request
	for raw, err := range requests {
		if err != nil {
			return 0, err
		}
		if count++; count > shownRequests {
			continue
		}
		var r request
		if err := json.Unmarshal(raw, &r); err != nil {
			return 0, err
		}
		first = append(first, r)
	}
	if count == 0 {
		return 0, nil
	}
	for _, r := range first {
		a.Streams.Warnf("%s %s %s", r.ID, r.state(), r.URL)
	}
	if count > shownRequests {
		a.Streams.Warnf("… and %s more", output.Count(count-shownRequests))
	}
	return count, a.Confirm(ctx, fmt.Sprintf(question, output.Plural(count, "request", "requests")))
}

// run finds requests, shows them, asks, and works on them. After the question it
// looks anew: what has changed meanwhile is taken as it is then.
func run(ctx context.Context, s *verb.Scope, use func(context.Context) change) error {
	a := s.App
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(transfer.AtOnce)
	c := use(groupContext)
	requests := c.meant(groupContext, s)
	if s.DryRun {
		return s.Printer.Rows(ctx, shown(s.Printer, requests))
	}
	expected := int64(0)
	if !a.Flags.Yes {
		var err error
		if expected, err = confirm(ctx, a, requests, c.question); err != nil {
			return err
		}
	}
	var done atomic.Int64
	var err error
	if expected > 0 || a.Flags.Yes {
		progress := a.StartProgress(c.name, "requests", expected)
		err = c.carryOut(group, requests, func(n int) { done.Add(int64(n)); progress.Add(int64(n), 0) })
		progress.Done()
	}
	if err == nil || done.Load() > 0 {
		a.Streams.Notef(c.done+" in request queue %q", output.Plural(done.Load(), "request", "requests"), s.Ref)
	}
	return err
}

// carryOut works on requests as they come, in batches, several at a time.
func (c *change) carryOut(group *errgroup.Group, requests iter.Seq2[json.RawMessage, error], count func(int)) error {
	var batch []json.RawMessage
	flush := func() {
		now := batch
		batch = nil
		group.Go(func() error {
			n, err := c.do(now)
			count(n)
			return err
		})
	}
	var err error
	for raw, failed := range requests {
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
