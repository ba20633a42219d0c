// Package kvs is the command for key-value stores, and what only they have: records.
package kvs

import (
	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
)

func resource() storage.Resource[api.KeyValueStore] {
	return storage.Resource[api.KeyValueStore]{
		Kind:       api.KindKeyValueStore,
		Name:       "kvs",
		Aliases:    []string{"kv", "key-value-stores"},
		Short:      "Key-value stores: any bytes under a key",
		Collection: func(c *api.Client) api.Collection[api.KeyValueStore] { return c.KeyValueStores().Collection },
		Facts:      func(s *api.KeyValueStore) *api.Storage { return &s.Storage },
		Columns: []storage.Column[api.KeyValueStore]{
			{Name: "size", Value: func(s *api.KeyValueStore) string { return output.Bytes(s.Stats.StorageBytes) }},
		},
		Contents: "/keys",
	}
}

// Command is `apifyctl kvs`.
func Command(a *app.App) *cobra.Command {
	command := resource().Command(a, putCommand(a), keysCommand(a), deleteKeyCommand(a), exportCommand(a), importCommand(a))
	for _, verb := range command.Commands() {
		if verb.Name() == "get" {
			addValues(a, verb)
		}
	}
	return command
}
