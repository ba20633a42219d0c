package queues

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/requests"
	"github.com/apifyctl/apifyctl/internal/rowschema"
)

// requestRow is what programs get of a request.
func requestRow() any { return rowschema.FromAPI{Type: requests.Request{}, ID: "id"} }

// shown is requests as they are printed: whole for programs, what matters of them
// for people.
func shown(printer *app.Printer, meant iter.Seq2[json.RawMessage, error]) iter.Seq2[json.RawMessage, error] {
	if !printer.ForPeople() {
		return meant
	}
	printer.Options().Layout = export.Layout{Whole: []string{"id"}, Spare: []string{"method", "retries"}}
	return func(yield func(json.RawMessage, error) bool) {
		for raw, err := range meant {
			var r requests.Request
			if err == nil {
				err = json.Unmarshal(raw, &r)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			cells := []app.Cell{
				{Name: "id", Value: r.ID},
				{Name: "state", Value: r.State()},
				{Name: "retries", Value: strconv.FormatInt(r.RetryCount, 10)},
				{Name: "method", Value: r.Method},
				{Name: "url", Value: r.URL},
			}
			if last := len(r.ErrorMessages) - 1; last >= 0 {
				why, _, _ := strings.Cut(r.ErrorMessages[last], "\n") // a stack follows
				cells = append(cells, app.Cell{Name: "error", Value: why})
			}
			if !yield(app.TableRow(cells), nil) {
				return
			}
		}
	}
}

func requestsVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	var chosen requests.Selection
	var limit int64
	return verb.Verb{
		Use:   "requests QUEUE",
		Short: "List requests, with their state and errors",
		Example: `  apifyctl queues requests crawl --filter failed
  apifyctl queues requests crawl --url "*/products/*" -f csv`,
		Kind: kind.Offers(), Takes: verb.One, Prints: verb.Rows, RowType: requestRow(), Values: filterValues(), Row: firstRequest,
		What: func(flags *pflag.FlagSet) {
			addSelection(flags, &chosen)
			flags.Int64Var(&limit, "limit", 0, "list this many at most")
		},
		Check: func(*verb.Scope) error {
			if limit < 0 {
				return failure.Usagef("--limit must be zero or more")
			}
			return chosen.Check()
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			none := fmt.Sprintf("request queue %q holds no requests", s.Ref)
			if chosen != (requests.Selection{}) {
				none = fmt.Sprintf("no request of request queue %q matches", s.Ref)
			}
			rows := shown(s.Printer, chosen.Requests(ctx, s.Client.RequestQueues(), s.Ref, limit))
			if layout := &s.Printer.Options().Layout; chosen.Filter != "" {
				layout.Spare = append(layout.Spare, "state") // it is the same in all
			}
			return s.Failed(s.Rows(ctx, rows, none))
		},
	}
}

// firstRequest is a request as programs see it.
func firstRequest(ctx context.Context, s *verb.Scope) (json.RawMessage, error) {
	for raw, err := range (requests.Selection{}).Requests(ctx, s.Client.RequestQueues(), s.Ref, 1) {
		return raw, err
	}
	return nil, nil
}

// headRequests is how many requests a look at the head shows.
const headRequests = 20

func headVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	var limit int64
	return verb.Verb{
		Use:   "head QUEUE",
		Short: "Show the requests that come next",
		Example: `  apifyctl queues head crawl
  apifyctl queues head crawl --limit 3 -f jsonl`,
		Kind: kind.Offers(), Takes: verb.One, Prints: verb.Rows, RowType: requestRow(), Row: firstRequest,
		What: func(flags *pflag.FlagSet) {
			flags.Int64Var(&limit, "limit", headRequests, "show this many at most, up to 1000")
		},
		Check: func(*verb.Scope) error {
			if limit < 1 || limit > 1000 {
				return failure.Usagef("--limit must be from 1 to 1000")
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			items, err := s.Client.RequestQueues().Head(ctx, s.Ref, limit)
			if err == nil {
				err = s.Rows(ctx, shown(s.Printer, app.Each(items)), fmt.Sprintf("no request of request queue %q is waiting", s.Ref))
			}
			return s.Failed(err)
		},
	}
}

func unlockVerb(kind storage.Resource[api.RequestQueue]) verb.Verb {
	clientKey := ""
	return verb.Verb{
		Use:     "unlock QUEUE",
		Short:   "Release the locks of requests, as after a crawl that died",
		Example: `  apifyctl queues unlock crawl`,
		Kind:    kind.Offers(), Takes: verb.One,
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&clientKey, "client-key", "", "only the locks that were taken with this key (a local directory releases all without it)")
		},
		Run: func(ctx context.Context, s *verb.Scope) error {
			unlocked, err := s.Client.RequestQueues().Unlock(ctx, s.Ref, clientKey)
			if err != nil {
				return s.Failed(err)
			}
			s.App.Streams.Notef("unlocked %s of request queue %q", output.Plural(unlocked, "request", "requests"), s.Ref)
			return nil
		},
	}
}
