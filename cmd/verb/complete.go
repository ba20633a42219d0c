package verb

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
)

// completions is how many storages a completion offers at most: a shell cannot
// show more, and one request fetches them.
const completions = 1000

// complete offers storages for the reference, and behind it what the verb says.
// A completion has no place to tell an error: it then offers nothing.
func (b *built) complete(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	ctx, s := command.Context(), b.scope
	var err error
	if s.Client, err = s.App.Client(); err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	behind := args
	switch {
	case b.Takes == None || b.Takes == Selected:
	case b.Takes == Many || len(args) == 0 && !b.refs.given():
		return b.storages(ctx)
	case !b.refs.given():
		behind = args[1:]
	}
	switch {
	case b.Rest.Most >= 0 && len(behind) >= b.Rest.Most:
		return nil, cobra.ShellCompDirectiveNoFileComp
	case b.Complete == nil:
		return nil, cobra.ShellCompDirectiveDefault
	}
	if err := b.take(args); err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	offers := b.Complete(ctx, s, typed)
	if offers == nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return slices.DeleteFunc(offers, func(offer string) bool { return slices.Contains(behind, offer) }), cobra.ShellCompDirectiveNoFileComp
}

func (b *built) storages(ctx context.Context) ([]string, cobra.ShellCompDirective) {
	var offers []string
	err := b.Kind.Offers(ctx, b.scope.Client, func(o Offer) bool {
		if o.Name != "" {
			offers = append(offers, cobra.CompletionWithDesc(o.Name, o.ID))
		} else {
			offers = append(offers, cobra.CompletionWithDesc(o.ID, "unnamed"))
		}
		return len(offers) < completions
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}
