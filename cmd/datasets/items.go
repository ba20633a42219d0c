package datasets

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
)

// firstItems is how many items are enough to see what a dataset holds.
const firstItems = 20

func itemsVerb(kind storage.Resource[api.Dataset]) verb.Verb {
	var items api.ItemsOptions
	return verb.Verb{
		Use:     "items REF",
		Aliases: []string{"get-items"}, // as in the official CLI
		Short:   "Look at items, the first 20 unless --limit says otherwise",
		Long: `Look at a dataset's items: the first 20, or as many as --limit says (0 is all).

To save a dataset as a file, use export.`,
		Kind: kind.Offers(), Takes: verb.One, Prints: verb.Rows,
		What: func(flags *pflag.FlagSet) {
			addItemFlags(flags, &items)
			flags.Lookup("limit").DefValue = "20"
			items.Limit = firstItems
		},
		Check: func(*verb.Scope) error { return checkItems(&items) },
		Run:   func(ctx context.Context, s *verb.Scope) error { return showItems(ctx, s, items) },
	}
}

func showItems(ctx context.Context, s *verb.Scope, items api.ItemsOptions) error {
	if s.Print.Columns == nil {
		s.Printer.Options().Fields = columns(s.Printer.Format(), &items)
	}
	progress := s.App.StartProgress(s.Ref.String(), "items", 0)
	defer progress.Done()
	if s.Printer.OnTerminal() {
		progress.Done()
	}
	pages := s.Client.Datasets().Pages(ctx, s.Ref, items)
	_, err := s.Printer.Pages(ctx, newTally(progress).watch(pages, items.Limit).pages)
	return s.Failed(err)
}
