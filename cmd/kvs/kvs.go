// Package kvs is the command for key-value stores, and what only they have: records.
package kvs

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Command is `apifyctl kvs`, with the verb that the arguments begin with, else with all.
func Command(a *app.App, args []string, keep func(context.Context, api.Kind) error) *cobra.Command {
	kind := storage.KeyValueStores()
	return kind.Command(a, args, storage.Own[api.KeyValueStore]{
		Keep: keep,
		Get:  new(getVerb(kind)),
		Verbs: []verb.Verb{
			putVerb(kind), setValueVerb(kind), keysVerb(kind), deleteKeyVerb(kind),
			exportVerb(kind), importVerb(kind),
		},
	})
}

// storeOf is the store that a verb is about.
func storeOf(s *verb.Scope) transfer.Store {
	return transfer.Store{KeyValueStores: s.Client.KeyValueStores(), Ref: s.Ref}
}
