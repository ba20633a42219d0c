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

// Command is `apifyctl kvs`.
func Command(a *app.App, keep func(context.Context, api.Kind) error) *cobra.Command {
	kind := storage.KeyValueStores()
	return kind.Command(a, storage.Own[api.KeyValueStore]{
		Keep: keep,
		Get:  getVerb(kind).Command(a),
		Verbs: []*cobra.Command{
			putVerb(kind).Command(a), setValueVerb(kind).Command(a), keysVerb(kind).Command(a), deleteKeyVerb(kind).Command(a),
			exportVerb(kind).Command(a), importVerb(kind).Command(a),
		},
	})
}

// storeOf is the store that a verb is about.
func storeOf(s *verb.Scope) transfer.Store {
	return transfer.Store{KeyValueStores: s.Client.KeyValueStores(), Ref: s.Ref}
}
