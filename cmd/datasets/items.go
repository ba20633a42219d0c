package datasets

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/rowschema"
)

// firstItems is how many items are enough to see what a dataset holds.
const firstItems = 20

func itemsVerb(kind storage.Resource[api.Dataset]) verb.Verb {
	var asked api.ItemsOptions
	return verb.Verb{
		Use:   "items REF",
		Short: "Look at items, the first 20 unless --limit says otherwise",
		Long: `Look at a dataset's items: the first 20, or as many as --limit says (0 is all).

To save a dataset as a file, use export.`,
		Example: `  apifyctl datasets items products
  apifyctl datasets items products --fields name,price/amount --limit 5`,
		Kind: kind.Offers(), Takes: verb.One, Prints: verb.Rows, RowType: rowschema.AnyObject{}, Fields: fieldFlags(),
		What: func(flags *pflag.FlagSet) {
			addItemFlags(flags, &asked)
			flags.Lookup("limit").DefValue = "20"
			asked.Limit = firstItems
		},
		Check: func(*verb.Scope) error { return checkItems(&asked) },
		Run:   func(ctx context.Context, s *verb.Scope) error { return showItems(ctx, s, asked, !s.Changed("limit")) },
	}
}

// showItems says, where the limit is the default, how many items there are beside
// those that it shows.
func showItems(ctx context.Context, s *verb.Scope, asked api.ItemsOptions, byDefault bool) error {
	if s.Print.Columns == nil {
		pickFields(s.Printer, &asked, "", nil)
	}
	progress := s.App.StartProgress(s.Ref.String(), "items", 0)
	defer progress.Done()
	if s.Printer.OnTerminal() {
		progress.Done()
	}
	seen := items.NewTally(progress).Watch(s.Client.Datasets().Pages(ctx, s.Ref, asked), asked.Limit)
	_, err := s.Printer.Pages(ctx, export.PagesOf(seen.Pages))
	progress.Done()
	if err != nil {
		return s.Failed(err)
	}
	if s.Print.Columns == nil {
		for _, text := range unseen(ctx, s, s.Printer, s.Ref) {
			s.App.Streams.Warnf("dataset %q: %s", s.Ref, text)
		}
	}
	switch {
	case seen.Total == 0:
		s.App.Streams.Notef("dataset %q holds no items", s.Ref)
	case seen.Items == 0:
		s.App.Streams.Notef("dataset %q has %s, and none of them is meant", s.Ref, output.Plural(seen.Total, "item", "items"))
	case byDefault && seen.Total > firstItems:
		s.App.Streams.Notef("%d of %s items; --limit 0 shows all, `apifyctl datasets export` saves them", firstItems, output.Count(seen.Total))
	}
	return nil
}

// getItemsVerb is what the official CLI calls the export of one dataset to
// stdout: all items, as JSON.
func getItemsVerb(kind storage.Resource[api.Dataset]) verb.Verb {
	var asked api.ItemsOptions
	v := itemsVerb(kind)
	v.Use, v.Aliases, v.Hidden = "get-items REF", nil, true
	v.Short, v.Long = "Print all items, as the official CLI does", ""
	v.What = func(flags *pflag.FlagSet) { addItemFlags(flags, &asked) }
	v.Check = func(s *verb.Scope) error {
		if !s.Print.Given() {
			s.Print.Format = "json"
		}
		return checkItems(&asked)
	}
	v.Run = func(ctx context.Context, s *verb.Scope) error { return showItems(ctx, s, asked, false) }
	return v
}
