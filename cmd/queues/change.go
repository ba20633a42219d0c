package queues

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// parallel is how many requests to the API are under way at once.
const parallel = 8

// shownRequests is how many of the requests that a command will touch it names.
const shownRequests = 10

// target is the requests of one queue that a command changes.
type target struct {
	refs   storage.RefFlags
	chosen selection
	print  app.PrintFlags
	dryRun bool
}

// verb is what a command does to requests.
type verb struct {
	name           string                                      // for the display of progress
	question, done string                                      // with a %s for how many
	takes          func(json.RawMessage) bool                  // false: nothing is to be done to this one
	batch          int                                         // how many go into one call of do
	do             func([]json.RawMessage) (done int, _ error) // called by several goroutines
}

// meant yields the requests that are meant, by ID or by the selection. None is
// kept: there may be millions.
func (t *target) meant(ctx context.Context, queues api.RequestQueues, ref api.Ref, ids []string, takes func(json.RawMessage) bool) iter.Seq2[json.RawMessage, error] {
	all := t.chosen.requests(ctx, queues, ref, 0)
	if len(ids) > 0 {
		all = byID(ctx, queues, ref, ids)
	}
	return func(yield func(json.RawMessage, error) bool) {
		for raw, err := range all {
			if err != nil && len(ids) == 0 {
				err = transfer.Failed(api.KindRequestQueue, ref, err)
			}
			if (err != nil || takes(raw)) && !yield(raw, err) {
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
				err = fmt.Errorf("request %s of request queue %q: %w", id, ref, err)
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

// change finds requests, shows them, asks, and works on them. After the
// question it looks anew: what has changed meanwhile is taken as it is then.
func (t *target) change(ctx context.Context, a *app.App, ref api.Ref, ids []string, use func(context.Context, api.RequestQueues) verb) error {
	if err := t.chosen.check(); err != nil {
		return err
	}
	if !t.dryRun {
		if err := a.CanConfirm(); err != nil {
			return err
		}
	}
	printer, err := a.Printer(t.print)
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	queues := client.RequestQueues()
	group, groupContext := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	v := use(groupContext, queues)
	requests := t.meant(groupContext, queues, ref, ids, v.takes)
	if t.dryRun {
		return printer.Rows(ctx, shown(printer, requests))
	}
	expected := int64(0)
	if !a.Flags.Yes {
		if expected, err = confirm(ctx, a, requests, v.question); err != nil {
			return err
		}
	}
	var done atomic.Int64
	if expected > 0 || a.Flags.Yes {
		progress := a.StartProgress(v.name, "requests", expected)
		err = v.carryOut(group, requests, func(n int) { done.Add(int64(n)); progress.Add(int64(n), 0) })
		progress.Done()
	}
	if err == nil || done.Load() > 0 {
		a.Streams.Notef(v.done+" in request queue %q", output.Plural(done.Load(), "request", "requests"), ref)
	}
	return err
}

// carryOut works on requests as they come, in batches, several at a time.
func (v *verb) carryOut(group *errgroup.Group, requests iter.Seq2[json.RawMessage, error], count func(int)) error {
	var batch []json.RawMessage
	flush := func() {
		now := batch
		batch = nil
		group.Go(func() error {
			n, err := v.do(now)
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
		if batch = append(batch, raw); len(batch) == v.batch {
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
