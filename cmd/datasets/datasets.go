// Package datasets holds what only datasets have: items.
package datasets

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// Command is `apifyctl datasets`, with the verb that the arguments begin with, else with all.
func Command(a *app.App, args []string, keep func(context.Context, api.Kind) error) *cobra.Command {
	kind := storage.Datasets()
	return kind.Command(a, args, storage.Own[api.Dataset]{
		Keep: keep,
		Verbs: []verb.Verb{
			itemsVerb(kind), getItemsVerb(kind), putVerb(kind), exportVerb(kind),
			schemaVerb(kind), findVerb(kind),
		},
	})
}
