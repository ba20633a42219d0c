package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type shareOptions struct {
	access api.Access // "" leaves it as it is
	link   linkOptions
}

func (r Resource[T]) share() verb.Verb {
	var o shareOptions
	access, revoke := "", false
	v := verb.Verb{
		Use:   "share REF…",
		Short: fmt.Sprintf("Show or set who can read a %s, and a link to it", r.Kind),
		Long: fmt.Sprintf(`Show who can read a %s, and a link that opens it without a token. --access
sets who can:

%s
A change can take a minute to take effect everywhere. %s

Sharing with a single person is done in Apify Console, at the address shown.`, r.Kind, accessHelp(), r.Link.Help),
		Example: r.examples(`  apifyctl NAME share SAMPLE
  apifyctl NAME share SAMPLE --access anyone-with-id
  apifyctl NAME share SAMPLE --revoke -f json`),
		Kind: r.Offers(), Takes: verb.Many, Prints: verb.Rows, RowType: sharedRow{},
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&access, "access", "", "set who can read: "+strings.Join(accessNames(), ", "))
			flags.BoolVar(&revoke, "revoke", false, "set the access to restricted")
			o.link.add(r.Link, flags)
		},
		Values: map[string][]string{"access": accessNames()},
		Check: func(s *verb.Scope) (err error) {
			switch {
			case revoke && s.Changed("access"):
				return failure.Usagef("--revoke and --access contradict each other")
			case revoke:
				o.access = api.AccessRestricted
			case s.Changed("access"):
				if o.access, err = parseAccess(access); err != nil {
					return err
				}
			}
			if err := o.link.check(r.Signed, s, o.access); err != nil {
				return err
			}
			// The formats of a link are not those of this command's output.
			if format := s.Print.Format; slices.Contains(r.Link.Formats, format) {
				o.link.query.Set("format", format)
				s.Print.Format = ""
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return r.shareAll(ctx, s, o) },
	}
	if r.Link.Records {
		v.Lists = map[string]func(context.Context, *verb.Scope, string) []string{"key": CompleteKeys}
	}
	return v
}

// shared is a storage with the link that opens it.
type shared struct {
	access     api.Access
	link       storages.Link
	consoleURL string
	id, name   string
	label      string
}

func (r Resource[T]) shareAll(ctx context.Context, s *verb.Scope, o shareOptions) error {
	refs, err := r.shareRefs(ctx, s)
	if err != nil {
		return err
	}
	if o.access != "" && len(refs) > 1 {
		if err := s.App.Confirm(ctx, fmt.Sprintf("Set the access of %d %s to %s?", len(refs), r.Plural(), accessName(o.access))); err != nil {
			return err
		}
	}
	results, errs := make([]shared, len(refs)), make([]error, len(refs))
	transfer.Each(len(refs), transfer.AtOnce, func(i int) { results[i], errs[i] = r.shareOne(ctx, s, refs[i], o) })
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.Several() {
		if errs[0] != nil {
			return errs[0]
		}
		if err := r.printShared(ctx, s, results[0]); err != nil {
			return err
		}
		r.adviseShared(s.App, o, results[0])
		return nil
	}
	if err := printAllShared(ctx, s, results, errs); err != nil {
		return err
	}
	outcome := failure.Outcome{Noun: r.Plural(), Tell: s.App.Tell}
	for _, err := range errs {
		outcome.Note(err)
	}
	return outcome.Err()
}

func (r Resource[T]) shareRefs(ctx context.Context, s *verb.Scope) ([]api.Ref, error) {
	if !s.Selection.Given() {
		return s.Refs, nil
	}
	selected, err := r.find(ctx, s)
	refs := make([]api.Ref, len(selected))
	for i, storage := range selected {
		refs[i] = storage.Ref
	}
	return refs, err
}

func (r Resource[T]) shareOne(ctx context.Context, s *verb.Scope, ref api.Ref, o shareOptions) (shared, error) {
	collection := r.Collection(s.Client)
	var object *T
	var err error
	if o.access == "" {
		object, err = collection.Get(ctx, ref)
	} else {
		object, err = collection.Update(ctx, ref, api.Update{GeneralAccess: o.access})
	}
	if err != nil {
		return shared{}, r.Failed(ref, err)
	}
	facts := r.Facts(object)
	result := shared{access: facts.GeneralAccess, consoleURL: facts.ConsoleURL, id: facts.ID, name: facts.Name, label: r.Label(object)}
	if o.link.key != "" {
		// A link to a record that is not there would be made all the same.
		store := transfer.Store{KeyValueStores: s.Client.KeyValueStores(), Ref: r.Ref(object)}
		if _, err := store.HeadRecord(ctx, store.Ref, o.link.key); err != nil {
			return shared{}, store.RecordFailed(o.link.key, err)
		}
	}
	if s.App.IsLocal() {
		result.consoleURL = "" // there is none, and no link
		return result, nil
	}
	result.link, err = r.MakeLink(s.Client, facts, o.link.wanted(o.access != ""))
	return result, err
}

// printShared prints what `share` is asked for. People get the link whole, on a
// line of its own.
func (r Resource[T]) printShared(ctx context.Context, s *verb.Scope, result shared) error {
	if !s.Printer.ForPeople() {
		row, err := result.row()
		if err != nil {
			return err
		}
		return s.Printer.One(ctx, row)
	}
	cells := []app.Cell{
		{Name: r.Kind.String(), Value: strings.TrimPrefix(result.label, r.Kind.String()+" ")},
		{Name: "access", Value: accessName(result.access)},
	}
	for _, more := range []app.Cell{{Name: "link expires", Value: result.link.Expires}, {Name: "console", Value: result.consoleURL}} {
		if more.Value != "" {
			cells = append(cells, more)
		}
	}
	return s.Printer.Card(ctx, cells, result.link.URL)
}

type sharedRow struct {
	ID            string     `json:"id"`
	Name          *string    `json:"name"`
	GeneralAccess api.Access `json:"generalAccess"`
	PublicURL     *string    `json:"publicUrl"`
	Signed        bool       `json:"signed"`
	ExpiresAt     *string    `json:"expiresAt"`
	ConsoleURL    string     `json:"consoleUrl,omitempty"`
}

// row has the API's names where the API has one.
func (s shared) row() (json.RawMessage, error) {
	return app.JSON(sharedRow{s.id, pointer(s.name), s.access, pointer(s.link.URL), s.link.Signed, pointer(s.link.Expires), s.consoleURL})
}

// printAllShared lists several. People get each link on the line below its
// storage.
func printAllShared(ctx context.Context, s *verb.Scope, results []shared, errs []error) error {
	if !s.Printer.ForPeople() {
		return s.Printer.Rows(ctx, sharedRows(results, errs))
	}
	var lines []string
	for i, result := range results {
		if errs[i] != nil {
			continue
		}
		lines = append(lines, result.label+", "+accessName(result.access))
		if result.link.URL != "" {
			lines = append(lines, result.link.URL)
		}
	}
	return s.Printer.Card(ctx, nil, lines...)
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
