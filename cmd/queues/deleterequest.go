package queues

import (
	"context"
	"encoding/json"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

func deleteRequestVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	var chosen selection
	return verb.Verb{
		Use:   "delete-request QUEUE [REQUEST…]",
		Short: "Delete requests, by ID or by state and URL",
		Example: `  apifyctl queues delete-request crawl --filter handled --dry-run
  apifyctl queues delete-request crawl --url "*/products/*" --yes`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Most: -1}, Prints: verb.Rows, RowType: requestRow(), Complete: completeRequests,
		DryRun: "what would be deleted", Asks: true, Values: filterValues(),
		What: func(flags *pflag.FlagSet) { chosen.add(flags) },
		Check: func(s *verb.Scope) error {
			if narrowed := chosen != (selection{}); narrowed == (len(s.Args) > 0) {
				return failure.Usagef("which requests? Give either IDs or --filter and --url")
			}
			return chosen.check()
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return deleteRequests(ctx, s, chosen) },
	}
}

func deleteRequests(ctx context.Context, s *verb.Scope, chosen selection) error {
	return run(ctx, s, func(ctx context.Context) change {
		return change{
			name: "delete", question: "Delete %s?", done: "deleted %s", chosen: chosen, batch: api.MaxBatchRequests,
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
				deleted, err := s.Client.RequestQueues().DeleteRequests(ctx, s.Ref, ids)
				return deleted, s.Failed(err)
			},
		}
	})
}
