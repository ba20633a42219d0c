package storage

import (
	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// completions is how many storages a completion offers at most: a shell cannot
// show more, and one request fetches them.
const completions = 1000

// CompleteRef completes the first argument with names and IDs of storages.
func (r Resource[T]) CompleteRef(a *app.App) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return r.complete(command, a)
	}
}

// CompleteRefs completes every argument so.
func (r Resource[T]) CompleteRefs(a *app.App) cobra.CompletionFunc {
	return func(command *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return r.complete(command, a)
	}
}

// complete offers nothing where the storages cannot be listed: a completion has
// no place to tell an error.
func (r Resource[T]) complete(command *cobra.Command, a *app.App) ([]string, cobra.ShellCompDirective) {
	collection, err := r.collection(a)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var offers []string
	for object, err := range collection.List(command.Context(), api.ListOptions{Unnamed: true, Descending: true, Limit: completions}) {
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		storage := r.Facts(object)
		if storage.Name != "" {
			offers = append(offers, cobra.CompletionWithDesc(storage.Name, storage.ID))
		} else {
			offers = append(offers, cobra.CompletionWithDesc(storage.ID, "unnamed"))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}
