// Package queues is the command for request queues.
package queues

import (
	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
)

func resource() storage.Resource[api.RequestQueue] {
	return storage.Resource[api.RequestQueue]{
		Kind:       api.KindRequestQueue,
		Name:       "queues",
		Aliases:    []string{"queue", "rq", "request-queues"},
		Short:      "Request queues: URLs to crawl, and what became of them",
		Collection: func(c *api.Client) api.Collection[api.RequestQueue] { return c.RequestQueues().Collection },
		Facts:      func(q *api.RequestQueue) *api.Storage { return &q.Storage },
		Columns: []storage.Column[api.RequestQueue]{
			{Name: "requests", Value: func(q *api.RequestQueue) string { return output.Count(q.TotalRequestCount) }},
			{Name: "handled", Value: func(q *api.RequestQueue) string { return output.Count(q.HandledRequestCount) }},
			{Name: "pending", Value: func(q *api.RequestQueue) string { return output.Count(q.PendingRequestCount) }},
		},
	}
}

// Command is `apifyctl queues`.
func Command(a *app.App) *cobra.Command {
	command := resource().Command(a,
		putCommand(a), requestsCommand(a), headCommand(a), exportCommand(a),
		requeueCommand(a), unlockCommand(a), deleteRequestCommand(a))
	for _, shared := range command.Commands() {
		if shared.Name() == "get" {
			getRequests(a, shared)
		}
	}
	return command
}
