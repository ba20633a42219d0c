package queues

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

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
			return deleteRequests(command.Context(), a, &t, ref, ids)
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

func deleteRequests(ctx context.Context, a *app.App, t *target, ref api.Ref, ids []string) error {
	return t.change(ctx, a, ref, ids, func(ctx context.Context, queues api.RequestQueues) verb {
		return verb{
			name: "delete", question: "Delete %s?", done: "deleted %s", batch: api.MaxBatchRequests,
			takes: func(json.RawMessage) bool { return true },
			do: func(requests []json.RawMessage) (int, error) {
				ids := make([]string, len(requests))
				for i, raw := range requests {
					var r request
					if err := json.Unmarshal(raw, &r); err != nil {
						return 0, err
					}
					ids[i] = r.ID
				}
				deleted, err := queues.DeleteRequests(ctx, ref, ids)
				return deleted, transfer.Failed(api.KindRequestQueue, ref, err)
			},
		}
	})
}
