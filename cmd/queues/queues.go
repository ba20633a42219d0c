// Package queues holds what only request queues have: requests.
package queues

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// Command is `apifyctl queues`, with the verb that the arguments begin with, else with all.
func Command(a *app.App, args []string, keep func(context.Context, api.Kind) error) *cobra.Command {
	kind := storage.RequestQueues()
	return kind.Command(a, args, storage.Own[api.RequestQueue]{
		Keep: keep,
		Get:  new(getVerb(kind)),
		Verbs: []verb.Verb{
			putVerb(kind), requestsVerb(kind), headVerb(kind), exportVerb(kind),
			requeueVerb(kind), unlockVerb(kind), deleteRequestVerb(kind),
		},
	})
}
