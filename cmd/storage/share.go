package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

type shareOptions struct {
	refs      []api.Ref
	selection Selection  // instead of refs
	access    api.Access // "" leaves it as it is
	link      linkOptions
	print     app.PrintFlags
}

func (r Resource[T]) shareCommand(a *app.App) *cobra.Command {
	var o shareOptions
	var refs RefFlags
	var access string
	var revoke bool
	command := &cobra.Command{
		Use:   "share REF…",
		Short: fmt.Sprintf("Show or set who can read a %s, and a link to it", r.Kind),
		Long: fmt.Sprintf(`Show who can read a %s, and a link that opens it without a token. --access
sets who can:

%s
A change can take a minute to work everywhere. %s

Sharing with a single person is done in Apify Console, at the address shown.`, r.Kind, accessHelp(), r.linkHelp()),
		Args: refs.ArgsOr(&o.selection),
		RunE: func(command *cobra.Command, args []string) error {
			var err error
			if o.refs, err = refs.All(r.Kind, args); err != nil {
				return err
			}
			switch flags := command.Flags(); {
			case revoke && flags.Changed("access"):
				return app.Usagef("--revoke and --access contradict each other")
			case revoke:
				o.access = api.AccessRestricted
			case flags.Changed("access"):
				if o.access, err = parseAccess(access); err != nil {
					return err
				}
			}
			if err := o.link.check(r.Kind, o); err != nil {
				return err
			}
			return r.share(command.Context(), a, o)
		},
		ValidArgsFunction: r.CompleteRefs(a),
	}
	refs.AddOr(command.Flags())
	o.selection.Add(command.Flags())
	o.print.Add(command.Flags())
	o.link.add(r.Kind, command.Flags())
	command.Flags().StringVar(&access, "access", "", "set who can read: "+strings.Join(accessNames(), ", "))
	command.Flags().BoolVar(&revoke, "revoke", false, "set the access to restricted")
	_ = command.RegisterFlagCompletionFunc("access", cobra.FixedCompletions(accessNames(), cobra.ShellCompDirectiveNoFileComp)) // fails for an unknown flag only
	app.CompleteFormats(command)
	return command
}

// shared is a storage with the link that opens it.
type shared struct {
	access     api.Access
	url        string // "" for none
	expires    string // RFC 3339; "" for never
	signed     bool
	consoleURL string
	id, name   string
	label      string
}

func (r Resource[T]) share(ctx context.Context, a *app.App, o shareOptions) error {
	if format := o.print.Format; r.Kind == api.KindDataset && linkFormat(format) {
		o.link.query.Set("format", format)
		o.print.Format = ""
	}
	printer, err := a.Printer(o.print)
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	targets, err := r.shareTargets(ctx, client, o)
	if err != nil {
		return err
	}
	if o.access != "" && len(targets) > 1 {
		if err := a.Confirm(ctx, fmt.Sprintf("Set the access of %d %ss to %s?", len(targets), r.Kind, accessName(o.access))); err != nil {
			return err
		}
	}
	results, errs := make([]shared, len(targets)), make([]error, len(targets))
	forEach(len(targets), func(i int) { results[i], errs[i] = r.shareOne(ctx, a, client, targets[i], o) })
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(targets) == 1 && !o.selection.Given() {
		if errs[0] != nil {
			return r.failed(targets[0], errs[0])
		}
		if err := r.printShared(ctx, printer, results[0]); err != nil {
			return err
		}
		r.adviseShared(a, o, results[0])
		return nil
	}
	if err := printer.Rows(ctx, sharedRows(results, errs)); err != nil {
		return err
	}
	failed := 0
	for i, err := range errs {
		if err != nil {
			failed++
			a.Streams.Warnf("%v", r.failed(targets[i], err))
		}
	}
	if failed > 0 {
		return &app.PartialError{Failed: failed, Total: len(targets), Noun: r.Kind.String() + "s"}
	}
	return nil
}

func (r Resource[T]) shareTargets(ctx context.Context, client *api.Client, o shareOptions) ([]api.Ref, error) {
	if !o.selection.Given() {
		return o.refs, nil
	}
	var refs []api.Ref
	for object, err := range r.Select(ctx, client, o.selection, false) {
		if err != nil {
			return nil, err
		}
		refs = append(refs, api.StorageRef(r.Kind, r.Facts(object)))
	}
	return refs, nil
}

func (r Resource[T]) shareOne(ctx context.Context, a *app.App, client *api.Client, ref api.Ref, o shareOptions) (shared, error) {
	collection := r.Collection(client)
	var object *T
	var err error
	if o.access == "" {
		object, err = collection.Get(ctx, ref)
	} else {
		object, err = collection.Update(ctx, ref, api.Update{GeneralAccess: o.access})
	}
	if err != nil {
		return shared{}, err
	}
	facts := r.Facts(object)
	result := shared{access: facts.GeneralAccess, consoleURL: facts.ConsoleURL, id: facts.ID, name: facts.Name, label: r.label(object)}
	if a.IsLocal() {
		return result, nil
	}
	return result, r.addLink(client, facts, o, &result)
}

// printShared prints what `share` is asked for.
func (r Resource[T]) printShared(ctx context.Context, printer *app.Printer, result shared) error {
	if !printer.ForPeople() {
		row, err := result.row()
		if err != nil {
			return err
		}
		return printer.One(ctx, row)
	}
	cells := []app.Cell{
		{Name: r.Kind.String(), Value: result.label},
		{Name: "access", Value: accessName(result.access)},
	}
	for _, more := range []app.Cell{
		{Name: "link", Value: result.url}, {Name: "link expires", Value: result.expires}, {Name: "console", Value: result.consoleURL},
	} {
		if more.Value != "" {
			cells = append(cells, more)
		}
	}
	return printer.Card(ctx, cells)
}

// row has the API's names where the API has one.
func (s shared) row() (json.RawMessage, error) {
	return json.Marshal(struct {
		ID            string     `json:"id"`
		Name          *string    `json:"name"`
		GeneralAccess api.Access `json:"generalAccess"`
		PublicURL     *string    `json:"publicUrl"`
		Signed        bool       `json:"signed"`
		ExpiresAt     *string    `json:"expiresAt"`
		ConsoleURL    string     `json:"consoleUrl,omitempty"`
	}{s.id, pointer(s.name), s.access, pointer(s.url), s.signed, pointer(s.expires), s.consoleURL})
}

func sharedRows(results []shared, errs []error) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for i, result := range results {
			if errs[i] != nil {
				continue
			}
			row, err := result.row()
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// pointer makes "" a JSON null.
func pointer(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
