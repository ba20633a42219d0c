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

func requeueVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	var chosen requests.Selection
	var failed, handled, keepErrors, forefront bool
	return verb.Verb{
		Use:   "requeue QUEUE [REQUEST…]",
		Short: "Make handled or failed requests pending again",
		Long: `Make handled requests pending again: those that a crawl gave up on
(--failed), all handled ones (--handled), those with certain IDs, or those
whose URL matches a pattern (--url). Retry count and error messages start anew,
unless --keep-errors is given.`,
		Example: `  apifyctl queues requeue crawl --failed --dry-run
  apifyctl queues requeue crawl --url "*/products/*" --yes`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Most: -1}, Prints: verb.Rows, RowType: requestRow(), Complete: completeRequests,
		DryRun: "what would be changed", Asks: true,
		What: func(flags *pflag.FlagSet) {
			flags.BoolVar(&failed, "failed", false, "those that a crawl gave up on, with error messages")
			flags.BoolVar(&handled, "handled", false, "all handled ones")
			flags.BoolVar(&keepErrors, "keep-errors", false, "keep retry count and error messages")
			flags.BoolVar(&forefront, "forefront", false, "put them at the front of the queue")
			addURL(flags, &chosen)
		},
		Check: func(s *verb.Scope) error {
			switch ids := len(s.Args) > 0; {
			case failed && handled:
				return failure.Usagef("--failed and --handled say two things; failed requests are handled too")
			case ids && (failed || handled || chosen.URL != ""):
				return failure.Usagef("IDs do not go with --failed, --handled and --url")
			case !ids && !failed && !handled && chosen.URL == "":
				return failure.Usagef("which requests? Give --failed, --handled, --url or IDs")
			}
			chosen.Filter = "handled"
			if failed {
				chosen.Filter = "failed"
			}
			return chosen.Check()
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			return change(ctx, s, chosen, requests.Requeue(s.Client.RequestQueues(), s.Ref, keepErrors, forefront),
				words{"requeue", "Make %s pending again?", "made %s pending again"})
		},
	}
}
