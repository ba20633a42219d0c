package queues

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rawjson"
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

// found is the requests that are meant, by ID or by the selection.
func (t *target) found(ctx context.Context, queues api.RequestQueues, ref api.Ref, ids []string) (requests []json.RawMessage, err error) {
	if len(ids) == 0 {
		for raw, err := range t.chosen.requests(ctx, queues, ref, 0) {
			if err != nil {
				return nil, storage.Failed(api.KindRequestQueue, ref, err)
			}
			requests = append(requests, slices.Clone(raw))
		}
		return requests, nil
	}
	for _, id := range ids {
		raw, err := queues.Request(ctx, ref, id)
		if err != nil {
			return nil, fmt.Errorf("request %s of request queue %q: %w", id, ref, err)
		}
		requests = append(requests, raw)
	}
	return requests, nil
}

// confirm names what a command will touch and asks.
func confirm(ctx context.Context, a *app.App, requests []json.RawMessage, question string) error {
	if a.Flags.Yes {
		return nil
	}
	for i, raw := range requests {
		if i == shownRequests {
			a.Streams.Warnf("… and %s more", output.Count(int64(len(requests)-i)))
			break
		}
		var r request
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		a.Streams.Warnf("%s %s %s", r.ID, r.state(), r.URL)
	}
	return a.Confirm(ctx, question)
}

func requeueCommand(a *app.App) *cobra.Command {
	var t target
	var failed, handled, keepErrors, forefront bool
	command := &cobra.Command{
		Use:   "requeue QUEUE [REQUEST…]",
		Short: "Make handled or failed requests pending again",
		Long: `Make requests pending again that were handled: those that a crawl gave up
(--failed), all that were handled (--handled), those with certain IDs, or those
whose URL matches a pattern (--url). Retry count and error messages start anew,
unless --keep-errors is given.`,
		Example: `  apifyctl queues requeue default --failed
  apifyctl queues requeue default --url '*/product/*' --dry-run`,
		Args: t.refs.Args(0, -1, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, ids, err := t.refs.Take(api.KindRequestQueue, args)
			if err != nil {
				return err
			}
			switch {
			case failed && handled:
				return app.Usagef("--failed and --handled say two things; failed requests are handled too")
			case len(ids) > 0 && (failed || handled || t.chosen.url != ""):
				return app.Usagef("IDs do not go with --failed, --handled and --url")
			case len(ids) == 0 && !failed && !handled && t.chosen.url == "":
				return app.Usagef("which requests? Give --failed, --handled, --url or IDs")
			}
			t.chosen.filter = "handled"
			if failed {
				t.chosen.filter = "failed"
			}
			return requeue(command.Context(), a, &t, ref, ids, keepErrors, forefront)
		},
		ValidArgsFunction: resource().CompleteRef(a),
	}
	flags := command.Flags()
	flags.BoolVar(&failed, "failed", false, "those that a crawl gave up, with error messages")
	flags.BoolVar(&handled, "handled", false, "all that were handled")
	flags.BoolVar(&keepErrors, "keep-errors", false, "keep retry count and error messages")
	flags.BoolVar(&forefront, "forefront", false, "put them to the front of the queue")
	flags.BoolVar(&t.dryRun, "dry-run", false, "show what would be touched, and stop")
	t.chosen.addURL(flags)
	t.refs.Add(flags)
	t.print.Add(flags)
	app.CompleteFormats(command)
	return command
}

func requeue(ctx context.Context, a *app.App, t *target, ref api.Ref, ids []string, keepErrors, forefront bool) error {
	return t.change(ctx, a, ref, ids, "Make %s pending again?", "made %s pending again",
		func(raw json.RawMessage) bool {
			var r request
			return json.Unmarshal(raw, &r) == nil && r.HandledAt != ""
		},
		func(ctx context.Context, queues api.RequestQueues, requests []json.RawMessage) (int64, error) {
			group, groupContext := errgroup.WithContext(ctx)
			group.SetLimit(parallel)
			for _, raw := range requests {
				group.Go(func() error {
					var r request
					if err := json.Unmarshal(raw, &r); err != nil {
						return err
					}
					changed, err := pending(raw, keepErrors)
					if err != nil {
						return err
					}
					return queues.UpdateRequest(groupContext, ref, r.ID, changed, forefront)
				})
			}
			return int64(len(requests)), group.Wait()
		})
}

// change finds requests, shows them, asks, and works on them.
func (t *target) change(ctx context.Context, a *app.App, ref api.Ref, ids []string, question, done string,
	takes func(json.RawMessage) bool, work func(context.Context, api.RequestQueues, []json.RawMessage) (int64, error),
) error {
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
	requests, err := t.found(ctx, queues, ref, ids)
	if err != nil {
		return err
	}
	requests = slices.DeleteFunc(requests, func(raw json.RawMessage) bool { return !takes(raw) })
	if t.dryRun {
		return rows(ctx, printer, each(requests))
	}
	count := int64(len(requests))
	if count > 0 {
		if err := confirm(ctx, a, requests, fmt.Sprintf(question, output.Plural(count, "request", "requests"))); err != nil {
			return err
		}
		if count, err = work(ctx, queues, requests); err != nil {
			return storage.Failed(api.KindRequestQueue, ref, err)
		}
	}
	a.Streams.Notef(done+" in request queue %q", output.Plural(count, "request", "requests"), ref)
	return nil
}

// pending is a request without the traces of having been handled.
func pending(raw json.RawMessage, keepErrors bool) (json.RawMessage, error) {
	out := []byte{'{'}
	for m, err := range rawjson.Members(raw) {
		if err != nil {
			return nil, err
		}
		value := m.Value
		switch m.Name() {
		case "handledAt", "lockExpiresAt", "lockByClient":
			continue
		case "retryCount":
			if !keepErrors {
				value = []byte("0")
			}
		case "errorMessages":
			if !keepErrors {
				value = []byte("[]")
			}
		case "userData":
			var err error
			if value, err = withoutCrawleeState(value); err != nil {
				return nil, err
			}
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, m.Key...), ':'), value...)
	}
	return append(out, '}'), nil
}

// withoutCrawleeState takes out of userData what Crawlee notes there about how
// far a request came.
func withoutCrawleeState(userData []byte) ([]byte, error) {
	members, notes := objectOf(userData), map[string]json.RawMessage(nil)
	if members != nil {
		notes = objectOf(members["__crawlee"])
	}
	if notes == nil {
		return userData, nil
	}
	delete(notes, "state")
	delete(notes, "sessionRotationCount")
	left, err := json.Marshal(notes)
	if err != nil {
		return nil, err
	}
	members["__crawlee"] = left
	return json.Marshal(members)
}

func deleteRequestCommand(a *app.App) *cobra.Command {
	var t target
	command := &cobra.Command{
		Use:   "delete-request QUEUE [REQUEST…]",
		Short: "Delete requests, by ID or by state and URL",
		Args:  t.refs.Args(0, -1, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, ids, err := t.refs.Take(api.KindRequestQueue, args)
			if err != nil {
				return err
			}
			if narrowed := t.chosen != (selection{}); narrowed == (len(ids) > 0) {
				return app.Usagef("which requests? Give either IDs or --filter and --url")
			}
			return t.change(command.Context(), a, ref, ids, "Delete %s?", "deleted %s",
				func(json.RawMessage) bool { return true },
				func(ctx context.Context, queues api.RequestQueues, requests []json.RawMessage) (int64, error) {
					return deleteAll(ctx, queues, ref, requests)
				})
		},
		ValidArgsFunction: resource().CompleteRef(a),
	}
	t.chosen.add(command)
	command.Flags().BoolVar(&t.dryRun, "dry-run", false, "show what would be deleted, and stop")
	t.refs.Add(command.Flags())
	t.print.Add(command.Flags())
	app.CompleteFormats(command)
	return command
}

func deleteAll(ctx context.Context, queues api.RequestQueues, ref api.Ref, requests []json.RawMessage) (int64, error) {
	deleted := int64(0)
	for batch := range slices.Chunk(requests, api.MaxBatchRequests) {
		ids := make([]string, len(batch))
		for i, raw := range batch {
			var r request
			if err := json.Unmarshal(raw, &r); err != nil {
				return deleted, err
			}
			ids[i] = r.ID
		}
		n, err := queues.DeleteRequests(ctx, ref, ids)
		if deleted += int64(n); err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

// objectOf is an object's members; nil of anything else.
func objectOf(value json.RawMessage) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(value, &members) != nil {
		return nil
	}
	return members
}
