// Package datasets holds what only datasets have: items.
package datasets

import (
	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
)

func resource() storage.Resource[api.Dataset] {
	return storage.Resource[api.Dataset]{
		Kind:       api.KindDataset,
		Name:       "datasets",
		Aliases:    []string{"dataset", "ds"},
		Short:      "Datasets: lists of items that are only appended to",
		Collection: func(c *api.Client) api.Collection[api.Dataset] { return c.Datasets().Collection },
		Facts:      func(d *api.Dataset) *api.Storage { return &d.Storage },
		Columns: []storage.Column[api.Dataset]{
			{Name: "items", Value: func(d *api.Dataset) string { return output.Count(d.ItemCount) }},
		},
		Contents: "/items",
	}
}

// Command is `apifyctl datasets`.
func Command(a *app.App) *cobra.Command {
	return resource().Command(a, itemsCommand(a), putCommand(a), exportCommand(a))
}
