package verb

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/rawjson"
)

// Completions is how many storages a completion offers at most: a shell cannot
// show more, and one request fetches them.
const Completions = 1000

// complete offers storages for the reference, and behind it what the verb says.
// A completion has no place to tell an error: it then offers nothing.
func (b *built) complete(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	s := b.scope
	ctx, done, err := b.look(command)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	defer done()
	behind := args
	switch {
	case len(args) < b.ahead():
		return nil, cobra.ShellCompDirectiveNoFileComp
	case b.Takes == None || b.Takes == Selected:
	case b.Takes == Many || len(args) == 0 && !b.refs.given():
		return s.App.Remembered(ctx, "storages "+b.Kind.Path(), func() ([]string, error) { return b.storages(ctx) }), cobra.ShellCompDirectiveNoFileComp
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

// look opens the account or the directory for a completion, which is over after a
// second.
func (b *built) look(command *cobra.Command) (context.Context, func(), error) {
	s := b.scope
	s.App.Hurry(command.Flags())
	client, err := s.App.Client()
	if err != nil {
		return nil, nil, err
	}
	s.Client = client
	ctx, done := context.WithTimeout(command.Context(), app.Patience)
	return ctx, done, nil
}

func (b *built) storages(ctx context.Context) ([]string, error) {
	var offers []string
	err := b.Kind.Offers(ctx, b.scope.Client, func(o Offer) bool {
		text := o.Facts
		if o.Name != "" {
			text = o.ID + ", " + o.Facts
		}
		name := o.Name
		if name == "" {
			name, text = o.ID, "unnamed, "+o.Facts
		}
		offers = append(offers, cobra.CompletionWithDesc(name, text))
		return len(offers) < Completions
	})
	return offers, err
}

// completeFlags offers the values of flags that have certain ones, or ones that
// can be looked up.
func (b *built) completeFlags(command *cobra.Command) {
	if b.Prints != Nothing {
		app.CompleteFormats(command)
	}
	offer := func(name string, complete cobra.CompletionFunc) {
		if command.Flags().Lookup(name) != nil {
			_ = command.RegisterFlagCompletionFunc(name, complete) // fails for an unknown flag only
		}
	}
	for name, values := range b.Values {
		offer(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
		if flag := command.Flags().Lookup(name); flag != nil {
			setValues(flag, values)
		}
	}
	for _, name := range b.Fields {
		offer(name, b.lookUp("fields", true, func(ctx context.Context) ([]string, error) {
			return items.FirstFields(ctx, b.scope.Client.Datasets(), b.scope.Ref)
		}))
	}
	if b.Row != nil {
		offer("columns", b.lookUp("columns "+b.Use+" "+b.Kind.Path(), b.Takes == One || b.Takes == Many, b.columns))
	}
	for name, ask := range b.Lists {
		offer(name, b.completeBy(ask))
	}
	offer("run", b.lookUp("runs", false, b.runs))
	offer("actor", b.lookUp("actors", false, b.actors))
	offer("last-run", b.lookUp("actors", false, b.actors))
}

// completeBy completes a flag with what there is in the storage that the verb is about.
func (b *built) completeBy(ask func(context.Context, *Scope, string) []string) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, done, err := b.look(command)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer done()
		if !b.named(args) || b.take(args) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return ask(ctx, b.scope, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// named tells that a storage is named already.
func (b *built) named(args []string) bool { return len(args) > b.ahead() || b.refs.given() }

// lookUp completes a flag by what the API says, which is remembered under a name:
// for the storage that the arguments name, or whatever they are.
func (b *built) lookUp(name string, ofStorage bool, ask func(context.Context) ([]string, error)) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		ctx, done, err := b.look(command)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		defer done()
		what := name
		if ofStorage {
			if !b.named(args) || b.take(args) != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			what += " " + b.scope.Ref.String()
		}
		offers := b.scope.App.Remembered(ctx, what, func() ([]string, error) { return ask(ctx) })
		// Of a list, the last name is completed.
		if before, _, some := cutLast(typed, ","); some {
			offers = slices.Clone(offers)
			for i := range offers {
				offers[i] = before + "," + offers[i]
			}
			return offers, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
		return offers, cobra.ShellCompDirectiveNoFileComp
	}
}

func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return "", text, false
	}
	return text[:i], text[i+len(separator):], true
}

// columns are the members of a row.
func (b *built) columns(ctx context.Context) ([]string, error) {
	row, err := b.Row(ctx, b.scope)
	var names []string
	for member, err := range rawjson.Members(row) {
		if err != nil {
			return nil, err
		}
		names = append(names, member.Name())
	}
	return names, err
}

func (b *built) runs(ctx context.Context) ([]string, error) {
	runs, err := b.scope.Client.LatestRuns(ctx)
	offers := make([]string, len(runs))
	for i, run := range runs {
		offers[i] = cobra.CompletionWithDesc(run.ID, run.Status+" "+api.FormatTime(run.StartedAt))
	}
	return offers, err
}

func (b *built) actors(ctx context.Context) ([]string, error) {
	actors, err := b.scope.Client.LatestActors(ctx)
	offers := make([]string, len(actors))
	for i, actor := range actors {
		offers[i] = cobra.CompletionWithDesc(actor.Username+"/"+actor.Name, actor.Title)
	}
	return offers, err
}
