// Package storage holds the verbs that all kinds of storages share. A kind is
// described by a Resource; the verbs know nothing else of it.
package storage

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Resource is what makes a kind of storage itself. T is the API's object.
type Resource[T any] struct {
	Kind       api.Kind
	Name       string   // the command: datasets
	Aliases    []string // other names of the command
	Short      string
	One, Many  string // what a storage holds: item, items
	Sample     string // the storage of examples
	Collection func(*api.Client) api.Collection[T]
	Facts      func(*T) *api.Storage // what the kind has in common with the others
	Columns    []Column[T]           // what people see of it, besides name, ID and times
	Count      func(*T) int64        // how many of Many it holds; nil: it does not say
	Bytes      func(*T) int64        // how large it is; 0 where the API does not say
	Size       func(*T) string       // how much it holds, in a few words
	Empty      func(context.Context, *api.Client, *T) (bool, error)
	Contents   string // the path below the storage's URL that a public link leads to: "/items"
	Link       Link   // what `share` can make a link to
}

// Column is one fact of a storage as people read it.
type Column[T any] struct {
	Name  string
	Value func(*T) string
}

// Own is what a kind has besides the shared verbs.
type Own[T any] struct {
	// Get is the kind's own verb get; nil: the shared one.
	Get *cobra.Command
	// Verbs are those that no other kind has.
	Verbs []*cobra.Command
	// Keep lets a person walk through unnamed storages, for `rename` alone.
	Keep func(context.Context, api.Kind) error
}

// Command is the kind's command with the shared verbs and those of its own.
func (r Resource[T]) Command(a *app.App, own Own[T]) *cobra.Command {
	command := &cobra.Command{Use: r.Name, Aliases: r.Aliases, Short: r.Short}
	get := own.Get
	if get == nil {
		get = r.Get().Command(a)
	}
	command.AddCommand(r.list().Command(a), r.create().Command(a), get)
	command.AddCommand(r.rename(own.Keep).Command(a), r.share().Command(a), r.delete().Command(a))
	command.AddCommand(own.Verbs...)
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

// plural is the kind in a sentence about several.
func (r Resource[T]) plural() string { return r.Kind.String() + "s" }

// label names a storage in a message: by its name, else by its ID.
func (r Resource[T]) label(object *T) string {
	facts := r.Facts(object)
	if facts.Name != "" {
		return fmt.Sprintf("%s %q (%s)", r.Kind, facts.Name, facts.ID)
	}
	return fmt.Sprintf("%s %s", r.Kind, facts.ID)
}

// failed says which storage an error is about.
func (r Resource[T]) failed(ref fmt.Stringer, err error) error {
	return transfer.Failed(r.Kind, ref, err)
}
