// Package storage holds the verbs that all kinds of storages share. A kind is
// described by a Resource; the verbs know nothing else of it.
package storage

import (
	"fmt"

	"github.com/spf13/cobra"

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
	Collection func(*api.Client) api.Collection[T]
	Facts      func(*T) *api.Storage // what the kind has in common with the others
	Columns    []Column[T]           // what people see of it, besides name, ID and times
	Contents   string                // the path below the storage's URL that a public link leads to: "/items"
}

// Column is one fact of a storage as people read it.
type Column[T any] struct {
	Name  string
	Value func(*T) string
}

// Command is the kind's command with the shared verbs and those of its own.
func (r Resource[T]) Command(a *app.App, own ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{Use: r.Name, Aliases: r.Aliases, Short: r.Short}
	command.AddCommand(
		r.listCommand(a),
		r.createCommand(a),
		r.getCommand(a),
		r.renameCommand(a),
		r.shareCommand(a),
		r.deleteCommand(a),
	)
	command.AddCommand(own...)
	return command
}

func (r Resource[T]) collection(a *app.App) (api.Collection[T], error) {
	client, err := a.Client()
	if err != nil {
		return api.Collection[T]{}, err
	}
	return r.Collection(client), nil
}

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
