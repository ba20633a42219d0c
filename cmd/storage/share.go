package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

type shareOptions struct {
	ref    api.Ref
	access api.Access // "" leaves it as it is
	print  app.PrintFlags
}

func (r Resource[T]) shareCommand(a *app.App) *cobra.Command {
	var o shareOptions
	var refs RefFlags
	var access string
	command := &cobra.Command{
		Use:   "share REF",
		Short: fmt.Sprintf("Show or set who can read a %s, and its public link", r.Kind),
		Long: fmt.Sprintf(`Show who can read a %s, and the link that opens it without a token. --access
sets who can:

%s
A change can take a minute to work everywhere.`, r.Kind, accessHelp()),
		Args: refs.Args(0, 0, ""),
		RunE: func(command *cobra.Command, args []string) error {
			ref, _, err := refs.Take(r.Kind, args)
			if err != nil {
				return err
			}
			o.ref = ref
			if command.Flags().Changed("access") {
				if o.access, err = parseAccess(access); err != nil {
					return err
				}
			}
			return r.share(command.Context(), a, o)
		},
		ValidArgsFunction: r.CompleteRef(a),
	}
	refs.Add(command.Flags())
	o.print.Add(command.Flags())
	command.Flags().StringVar(&access, "access", "", "set who can read: "+strings.Join(accessNames(), ", "))
	_ = command.RegisterFlagCompletionFunc("access", cobra.FixedCompletions(accessNames(), cobra.ShellCompDirectiveNoFileComp)) // fails for an unknown flag only
	app.CompleteFormats(command)
	return command
}

func (r Resource[T]) share(ctx context.Context, a *app.App, o shareOptions) error {
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	collection := r.Collection(client)
	var object *T
	if o.access == "" {
		object, err = collection.Get(ctx, o.ref)
	} else {
		object, err = collection.Update(ctx, o.ref, api.Update{GeneralAccess: o.access})
	}
	if err != nil {
		return r.failed(o.ref, err)
	}
	link := r.publicLink(a, client, object)
	if err := r.printShared(ctx, printer, object, link); err != nil {
		return err
	}
	if link == "" && a.IsLocal() {
		a.Streams.Notef("a local storage has no public link; `apifyctl serve` puts the directory on a port")
	} else if link == "" {
		a.Streams.Notef("nobody can read it without a token; --access anyone-with-id gives it a public link")
	}
	return nil
}

// publicLink is the address that works for everybody, or "" when there is none.
// No token is ever part of it.
func (r Resource[T]) publicLink(a *app.App, client *api.Client, object *T) string {
	storage := r.Facts(object)
	reference := storage.ID
	switch {
	case a.IsLocal():
		return ""
	case storage.GeneralAccess == api.AccessAnyoneWithName && storage.Name != "" && storage.Username != "":
		reference = storage.Username + "~" + storage.Name
	case storage.GeneralAccess != api.AccessAnyoneWithID && storage.GeneralAccess != api.AccessAnyoneWithName:
		return ""
	}
	return client.URL(r.Kind, reference) + r.Contents
}

// printShared prints what `share` is asked for. Members are named as in the API
// where it has them.
func (r Resource[T]) printShared(ctx context.Context, printer *app.Printer, object *T, link string) error {
	storage := r.Facts(object)
	if printer.ForPeople() {
		facts := []app.Cell{
			{Name: r.Kind.String(), Value: r.label(object)},
			{Name: "access", Value: accessName(storage.GeneralAccess)},
		}
		if link != "" {
			facts = append(facts, app.Cell{Name: "link", Value: link})
		}
		return printer.Card(ctx, facts)
	}
	shared := struct {
		ID            string     `json:"id"`
		Name          *string    `json:"name"`
		GeneralAccess api.Access `json:"generalAccess"`
		PublicURL     *string    `json:"publicUrl"`
		ConsoleURL    string     `json:"consoleUrl,omitempty"`
	}{ID: storage.ID, Name: pointer(storage.Name), GeneralAccess: storage.GeneralAccess, PublicURL: pointer(link), ConsoleURL: storage.ConsoleURL}
	row, err := json.Marshal(shared)
	if err != nil {
		return err
	}
	return printer.One(ctx, row)
}

// pointer makes "" a JSON null.
func pointer(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func parseAccess(name string) (api.Access, error) {
	for _, level := range accessLevels() {
		if level.name == name {
			return level.access, nil
		}
	}
	return "", app.Usagef("--access: unknown level %q; known are %s", name, strings.Join(accessNames(), ", "))
}

func accessNames() []string {
	var names []string
	for _, level := range accessLevels() {
		names = append(names, level.name)
	}
	return names
}

func accessHelp() string {
	var help strings.Builder
	for _, level := range accessLevels() {
		fmt.Fprintf(&help, "  %-17s %s\n", level.name, level.meaning)
	}
	return help.String()
}
