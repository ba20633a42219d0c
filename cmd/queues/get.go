package queues

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/requests"
	"github.com/apifyctl/apifyctl/internal/rowschema"
	"github.com/apifyctl/apifyctl/internal/uniquekey"
)

// getVerb shows a queue's facts with its locks, or a request.
func getVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	web := false
	var uniqueKey, url string
	return verb.Verb{
		Use:     "get QUEUE [REQUEST]",
		Aliases: []string{"info"},
		Short:   "Show a queue's facts, or one request",
		Example: `  apifyctl queues get crawl
  apifyctl queues get crawl --jq .pendingRequestCount`,
		Kind: kind.Offers(), Takes: verb.One, Rest: verb.Rest{Most: 1}, Prints: verb.Rows, RowType: rowschema.Either{lockedQueue(), requestRow()}, Complete: completeRequests, Row: kind.First,
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&uniqueKey, "unique-key", "", "show the request with this unique key")
			flags.StringVar(&url, "url", "", "show the request of this URL")
		},
		How: func(flags *pflag.FlagSet) { storage.AddWeb(flags, &web) },
		Check: func(s *verb.Scope) error {
			ways := len(s.Args)
			for _, flag := range []string{"unique-key", "url"} {
				if s.Changed(flag) {
					ways++
				}
			}
			if ways > 1 {
				return failure.Usagef("one request is shown: give its ID, --unique-key or --url")
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			switch {
			case s.Changed("unique-key"):
				return showRequest(ctx, s, uniquekey.RequestID(uniqueKey))
			case s.Changed("url"):
				return showRequest(ctx, s, uniquekey.RequestID(uniquekey.Of(uniquekey.Request{URL: url})))
			case len(s.Args) == 1:
				return showRequest(ctx, s, s.Args[0])
			case web:
				return kind.Web(ctx, s)
			}
			return showQueue(ctx, s, kind)
		},
	}
}

func showRequest(ctx context.Context, s *verb.Scope, id string) error {
	raw, err := s.Client.RequestQueues().Request(ctx, s.Ref, id)
	if err != nil {
		return requests.Failed(s.Ref, id, err)
	}
	return s.Printer.One(ctx, raw)
}

// offered is how many requests a completion shows.
const offered = 100

func completeRequests(ctx context.Context, s *verb.Scope, _ string) []string {
	offers := []string{}
	for raw, err := range s.Client.RequestQueues().Requests(ctx, s.Ref, api.RequestsOptions{Limit: offered}) {
		var r requests.Request
		if err != nil || json.Unmarshal(raw, &r) != nil {
			break
		}
		offers = append(offers, cobra.CompletionWithDesc(r.ID, r.URL))
	}
	return offers
}
