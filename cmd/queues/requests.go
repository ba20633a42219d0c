package queues

import (
	"context"
	"encoding/json"
	"iter"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// shown is requests as they are printed: whole for programs, what matters of them
// for people.
func shown(printer *app.Printer, requests iter.Seq2[json.RawMessage, error]) iter.Seq2[json.RawMessage, error] {
	if !printer.ForPeople() {
		return requests
	}
	return func(yield func(json.RawMessage, error) bool) {
		for raw, err := range requests {
			var r request
			if err == nil {
				err = json.Unmarshal(raw, &r)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			row := app.TableRow([]app.Cell{
				{Name: "id", Value: r.ID},
				{Name: "state", Value: r.state()},
				{Name: "retries", Value: strconv.FormatInt(r.RetryCount, 10)},
				{Name: "method", Value: r.Method},
				{Name: "url", Value: r.URL},
			})
			if !yield(row, nil) {
				return
			}
		}
	}
}

func requestsCommand(a *app.App) *cobra.Command {
	var s selection
	var refs storage.RefFlags
	var look app.PrintFlags
	var limit int64
	command := &cobra.Command{
		Use:   "requests QUEUE",
		Short: "List requests",
		Example: `  apifyctl queues requests default --filter failed
  apifyctl queues requests default --url '*/product/*' -f csv`,
		Args: refs.Args(0, 0, ""),
		RunE: func(command *cobra.Command, args []string) error {
			return list(command.Context(), a, refs, args, look, s, limit)
		},
		ValidArgsFunction: resource().CompleteRef(a),
	}
	s.add(command)
	command.Flags().Int64Var(&limit, "limit", 0, "list so many at most")
	refs.Add(command.Flags())
	look.Add(command.Flags())
	app.CompleteFormats(command)
	return command
}

func list(ctx context.Context, a *app.App, refs storage.RefFlags, args []string, look app.PrintFlags, s selection, limit int64) error {
	ref, _, err := refs.Take(api.KindRequestQueue, args)
	if err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if limit < 0 {
		return app.Usagef("--limit must be zero or more")
	}
	printer, err := a.Printer(look)
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	return transfer.Failed(api.KindRequestQueue, ref, printer.Rows(ctx, shown(printer, s.requests(ctx, client.RequestQueues(), ref, limit))))
}

// headRequests is how many requests a look at the head shows.
const headRequests = 20

func headCommand(a *app.App) *cobra.Command {
	var refs storage.RefFlags
	var look app.PrintFlags
	var limit int64
	command := &cobra.Command{
		Use:   "head QUEUE",
		Short: "Show what comes next",
		Args:  refs.Args(0, 0, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, _, err := refs.Take(api.KindRequestQueue, args)
			if err != nil {
				return err
			}
			if limit < 1 || limit > 1000 {
				return app.Usagef("--limit must be from 1 to 1000")
			}
			printer, err := a.Printer(look)
			if err != nil {
				return err
			}
			client, err := a.Client()
			if err != nil {
				return err
			}
			items, err := client.RequestQueues().Head(command.Context(), ref, limit)
			if err == nil {
				err = printer.Rows(command.Context(), shown(printer, app.Each(items)))
			}
			return transfer.Failed(api.KindRequestQueue, ref, err)
		},
		ValidArgsFunction: resource().CompleteRef(a),
	}
	command.Flags().Int64Var(&limit, "limit", headRequests, "show so many at most, up to 1000")
	refs.Add(command.Flags())
	look.Add(command.Flags())
	app.CompleteFormats(command)
	return command
}

func unlockCommand(a *app.App) *cobra.Command {
	var refs storage.RefFlags
	var clientKey string
	command := &cobra.Command{
		Use:   "unlock QUEUE",
		Short: "Release the locks of requests, as after a crawl that died",
		Args:  refs.Args(0, 0, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, _, err := refs.Take(api.KindRequestQueue, args)
			if err != nil {
				return err
			}
			client, err := a.Client()
			if err != nil {
				return err
			}
			unlocked, err := client.RequestQueues().Unlock(command.Context(), ref, clientKey)
			if err != nil {
				return transfer.Failed(api.KindRequestQueue, ref, err)
			}
			a.Streams.Notef("unlocked %s of request queue %q", output.Plural(unlocked, "request", "requests"), ref)
			return nil
		},
		ValidArgsFunction: resource().CompleteRef(a),
	}
	command.Flags().StringVar(&clientKey, "client-key", "", "only the locks that were taken with this key (a local directory releases all without it)")
	refs.Add(command.Flags())
	return command
}
