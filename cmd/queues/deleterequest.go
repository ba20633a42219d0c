package queues

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/requests"
)

func deleteRequestVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	var chosen requests.Selection
	return verb.Verb{
		Use:   "delete-request QUEUE [REQUEST…]",
		Short: "Delete requests, by ID or by state and URL",
		Example: `  apifyctl queues delete-request crawl --filter handled --dry-run
  apifyctl queues delete-request crawl --url "*/products/*" --yes`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Most: -1}, Prints: verb.Rows, RowType: requestRow(), Complete: completeRequests,
		DryRun: "what would be deleted", Asks: true, Values: filterValues(),
		What: func(flags *pflag.FlagSet) { addSelection(flags, &chosen) },
		Check: func(s *verb.Scope) error {
			if narrowed := chosen != (requests.Selection{}); narrowed == (len(s.Args) > 0) {
				return failure.Usagef("which requests? Give either IDs or --filter and --url")
			}
			return chosen.Check()
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			return change(ctx, s, chosen, requests.Delete(s.Client.RequestQueues(), s.Ref), words{"delete", "Delete %s?", "deleted %s"})
		},
	}
}
