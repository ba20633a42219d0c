// Package queues holds what only request queues have: requests.
package queues

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// Command is `apifyctl queues`.
func Command(a *app.App, keep func(context.Context, api.Kind) error) *cobra.Command {
	kind := storage.RequestQueues()
	return kind.Command(a, storage.Own[api.RequestQueue]{
		Keep: keep,
		Get:  getVerb(kind).Command(a),
		Verbs: []*cobra.Command{
			putVerb(kind).Command(a), requestsVerb(kind).Command(a), headVerb(kind).Command(a), exportVerb(kind).Command(a),
			requeueVerb(kind).Command(a), unlockVerb(kind).Command(a), deleteRequestVerb(kind).Command(a),
		},
	})
}
