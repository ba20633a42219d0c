package queues

import (
	"context"
	"encoding/json"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

func requeueVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	var chosen selection
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
			chosen.addURL(flags)
		},
		Check: func(s *verb.Scope) error {
			switch ids := len(s.Args) > 0; {
			case failed && handled:
				return failure.Usagef("--failed and --handled say two things; failed requests are handled too")
			case ids && (failed || handled || chosen.url != ""):
				return failure.Usagef("IDs do not go with --failed, --handled and --url")
			case !ids && !failed && !handled && chosen.url == "":
				return failure.Usagef("which requests? Give --failed, --handled, --url or IDs")
			}
			chosen.filter = "handled"
			if failed {
				chosen.filter = "failed"
			}
			return chosen.check()
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return requeue(ctx, s, chosen, keepErrors, forefront) },
	}
}

func requeue(ctx context.Context, s *verb.Scope, chosen selection, keepErrors, forefront bool) error {
	return run(ctx, s, func(ctx context.Context) change {
		return change{
			name: "requeue", question: "Make %s pending again?", done: "made %s pending again", chosen: chosen, batch: 1,
			takes: func(raw json.RawMessage) bool {
				var r request
				return json.Unmarshal(raw, &r) == nil && r.HandledAt != ""
			},
			do: func(requests []json.RawMessage) (done int, err error) {
				for _, raw := range requests {
					var r request
					if err := json.Unmarshal(raw, &r); err != nil {
						return done, err
					}
					changed, err := pending(raw, keepErrors)
					if err != nil {
						return done, err
					}
					if err := s.Client.RequestQueues().UpdateRequest(ctx, s.Ref, r.ID, changed, forefront); err != nil {
						return done, requestFailed(s.Ref, r.ID, err)
					}
					done++
				}
				return done, nil
			},
		}
	})
}

// pending is a request without the traces of having been handled.
func pending(raw json.RawMessage, keepErrors bool) (json.RawMessage, error) {
	return rawjson.Edit(raw, func(m rawjson.Member) ([]byte, error) {
		switch m.Name() {
		case "handledAt", "lockExpiresAt", "lockByClient":
			return nil, nil
		case "retryCount":
			if !keepErrors {
				return []byte("0"), nil
			}
		case "errorMessages":
			if !keepErrors {
				return []byte("[]"), nil
			}
		case "userData":
			return withoutCrawleeState(m.Value)
		}
		return m.Value, nil
	})
}

// withoutCrawleeState takes out of userData what Crawlee notes there about how
// far a request came.
func withoutCrawleeState(userData []byte) ([]byte, error) {
	return editObject(userData, func(m rawjson.Member) ([]byte, error) {
		if m.Name() != "__crawlee" {
			return m.Value, nil
		}
		return editObject(m.Value, func(note rawjson.Member) ([]byte, error) {
			if name := note.Name(); name == "state" || name == "sessionRotationCount" {
				return nil, nil
			}
			return note.Value, nil
		})
	})
}

// editObject is rawjson.Edit that leaves alone what is no object.
func editObject(value []byte, edit func(rawjson.Member) ([]byte, error)) ([]byte, error) {
	if value[0] != '{' {
		return value, nil
	}
	return rawjson.Edit(value, edit)
}
