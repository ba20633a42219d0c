// Package datasets holds what only datasets have: items.
package datasets

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// Command is `apifyctl datasets`.
func Command(a *app.App, keep func(context.Context, api.Kind) error) *cobra.Command {
	kind := storage.Datasets()
	return kind.Command(a, storage.Own[api.Dataset]{
		Keep: keep,
		Verbs: []*cobra.Command{
			itemsVerb(kind).Command(a), getItemsVerb(kind).Command(a), putVerb(kind).Command(a), exportVerb(kind).Command(a),
			schemaVerb(kind).Command(a), findVerb(kind).Command(a),
		},
	})
}
