package kvs

import (
	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// completeStore completes the first argument with stores, the rest with keys.
func completeStore(a *app.App) cobra.CompletionFunc {
	stores := resource().CompleteRef(a)
	return func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return stores(command, args, typed)
		}
		ref, err := api.ParseRef(api.KindKeyValueStore, args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		s, err := openStore(a, ref)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var keys []string
		for key, err := range s.Keys(command.Context(), ref, api.KeysOptions{Prefix: typed, Limit: 1000}) {
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			keys = append(keys, key.Key)
		}
		return keys, cobra.ShellCompDirectiveNoFileComp
	}
}
