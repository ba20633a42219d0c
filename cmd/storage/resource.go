// Package storage holds the verbs that all kinds of storages share. A kind is
// described by a Resource; the verbs know nothing else of it.
package storage

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// Resource is what makes the command of a kind of storage itself. T is the API's
// object.
type Resource[T any] struct {
	storages.Type[T]
	Name    string   // the command: datasets
	Aliases []string // other names of the command
	Short   string
	Sample  string      // the storage of examples
	Columns []Column[T] // what people see of it, besides name, ID and times
	Link    Link        // what `share` can make a link to
}

// Column is one fact of a storage as people read it.
type Column[T any] struct {
	Name  string
	Value func(*T) string
}

// Own is what a kind has besides the shared verbs.
type Own[T any] struct {
	// Get is the kind's own verb get; nil: the shared one.
	Get *verb.Verb
	// Verbs are those that no other kind has.
	Verbs []verb.Verb
	// Keep lets a person walk through unnamed storages, for `rename` alone.
	Keep func(context.Context, api.Kind) error
}

// Command is the kind's command with the shared verbs and those of its own: with
// the one that the arguments begin with, else with all.
func (r Resource[T]) Command(a *app.App, args []string, own Own[T]) *cobra.Command {
	command := &cobra.Command{Use: r.Name, Aliases: r.Aliases, Short: r.Short}
	get := r.Get()
	if own.Get != nil {
		get = *own.Get
	}
	verbs := append([]verb.Verb{r.list(), r.create(), get, r.rename(own.Keep), r.share(), r.delete()}, own.Verbs...)
	if at := slices.IndexFunc(verbs, func(v verb.Verb) bool { return len(args) > 0 && v.Named(args[0]) }); at >= 0 {
		verbs = verbs[at : at+1]
	}
	for _, v := range verbs {
		command.AddCommand(v.Command(a))
	}
	return command
}

// Offers is the kind for a verb that works on its storages.
func (r Resource[T]) Offers() verb.Kind {
	return verb.Kind{Kind: r.Kind, Offers: func(ctx context.Context, client *api.Client, yield func(verb.Offer) bool) error {
		for object, err := range r.Collection(client).List(ctx, api.ListOptions{Unnamed: true, Descending: true}) {
			if err != nil {
				return err
			}
			facts := r.Facts(object)
			if !yield(verb.Offer{ID: facts.ID, Name: facts.Name, Facts: r.Size(object)}) {
				return nil
			}
		}
		return nil
	}}
}

// examples are those of a shared verb for this kind.
func (r Resource[T]) examples(text string) string {
	return strings.NewReplacer("NAME", r.Name, "SAMPLE", r.Sample).Replace(text)
}
