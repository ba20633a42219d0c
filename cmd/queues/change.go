package queues

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"sync/atomic"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/requests"
)

// shownRequests is how many of the requests that a command will touch it names.
const shownRequests = 10

// words say what a verb does to requests: for the display of progress, and with a %s
// for how many.
type words struct{ progress, question, done string }

// confirm looks through what a command will touch, names the first of it, and
// asks. It returns how much it is.
func confirm(ctx context.Context, a *app.App, meant iter.Seq2[json.RawMessage, error], question string) (count int64, err error) {
	var first []requests.Request
	for raw, err := range meant {
		if err != nil {
			return 0, err
		}
		if count++; count > shownRequests {
			continue
		}
		var r requests.Request
		if err := json.Unmarshal(raw, &r); err != nil {
			return 0, err
		}
		first = append(first, r)
	}
	if count == 0 {
		return 0, nil
	}
	for _, r := range first {
		a.Streams.Warnf("%s %s %s", r.ID, r.State(), r.URL)
	}
	if count > shownRequests {
		a.Streams.Warnf("… and %s more", output.Count(count-shownRequests))
	}
	return count, a.Confirm(ctx, fmt.Sprintf(question, output.Plural(count, "request", "requests")))
}

// change finds requests, shows them, asks, and works on them. After the question it
// looks anew: what has changed meanwhile is taken as it is then.
func change(ctx context.Context, s *verb.Scope, chosen requests.Selection, c requests.Change, w words) error {
	a, meant := s.App, c.Meant(ctx, s.Args, chosen)
	if s.DryRun {
		return s.Printer.Rows(ctx, shown(s.Printer, meant))
	}
	expected := int64(0)
	if !a.Flags.Yes {
		var err error
		if expected, err = confirm(ctx, a, meant, w.question); err != nil {
			return err
		}
	}
	var done atomic.Int64
	var err error
	if expected > 0 || a.Flags.Yes {
		progress := a.StartProgress(w.progress, "requests", expected)
		err = c.Run(ctx, s.Args, chosen, func(n int) { done.Add(int64(n)); progress.Add(int64(n), 0) })
		progress.Done()
	}
	if err == nil || done.Load() > 0 {
		a.Streams.Notef(w.done+" in request queue %q", output.Plural(done.Load(), "request", "requests"), s.Ref)
	}
	return err
}
