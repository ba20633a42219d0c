package datasets

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/jq"
	"github.com/apifyctl/apifyctl/internal/output"
)

type findOptions struct {
	text  string
	limit int64
}

func findVerb(kind storage.Resource[api.Dataset]) verb.Verb {
	var o findOptions
	return verb.Verb{
		Use:   "find CONDITION REF… | find --text TEXT REF…",
		Short: "Find items in one dataset or in many",
		Long: `Find the items for which a condition holds, in datasets that are named or
selected, and print the dataset, the item's offset and the item, as they are
found. The offset is the one that items and export take.

The condition is a jq expression that is run for each item; it holds where its
first result is neither false nor null. An item for which it fails, as on a field
of another type, does not match; how many there were is reported at the end. --text finds
items in which a name or a value contains the text.

Several datasets are read at the same time, so what is found in one comes between
what is found in others. The exit code is 3 where nothing is found.`,
		Example: `  apifyctl datasets find ".price.amount > 90" products
  apifyctl datasets find --text "https://shop.example.com/products/7-" --all
  apifyctl datasets find ".inStock | not" products --limit 1 --columns offset,item.name`,
		Kind: kind.Offers(), Takes: verb.Many, Prints: verb.Rows, RowType: items.Found{},
		Ahead: func() string {
			if o.text != "" {
				return ""
			}
			return "the condition"
		},
		What: func(flags *pflag.FlagSet) {
			flags.StringVar(&o.text, "text", "", "find items that contain this text, instead of a condition")
			flags.Int64Var(&o.limit, "limit", 0, "stop after this many (0 is all)")
		},
		Check: func(s *verb.Scope) error {
			if o.limit < 0 {
				return failure.Usagef("--limit cannot be negative")
			}
			_, err := o.condition(s)
			return err
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return find(ctx, s, o) },
	}
}

// condition is what tells whether an item is wanted, for one goroutine.
func (o findOptions) condition(s *verb.Scope) (items.Condition, error) {
	if o.text != "" {
		return items.Containing(o.text), nil
	}
	filter, err := jq.Compile(s.Args[0])
	if err != nil {
		return nil, failure.WithHint(failure.Usagef("%q is no condition: %v", s.Args[0], err), "a condition is a jq expression, such as '.price > 100'; --text finds text")
	}
	return filter.Matches, nil
}

func find(ctx context.Context, s *verb.Scope, o findOptions) error {
	targets, outcome, err := storage.Datasets().Targets(ctx, s)
	if err != nil {
		return err
	}
	search := &items.Search{
		Datasets: s.Client.Datasets(), Condition: func() (items.Condition, error) { return o.condition(s) },
		Limit: o.limit, Concurrency: requestsEach,
	}
	found, err := search.Run(ctx, targets, outcome, func(pages export.Pages) error {
		_, err := s.Printer.Pages(ctx, pages)
		return err
	})
	if err != nil {
		return err
	}
	if n := found.Failed; n > 0 {
		s.App.Streams.Warnf("the condition failed for %s, which %s as no match: %v", output.Plural(n, "item", "items"),
			map[bool]string{true: "counts", false: "count"}[n == 1], found.Reason)
	}
	if err := outcome.Err(); err != nil || found.Rows > 0 {
		return err
	}
	return &failure.NotFoundError{Message: fmt.Sprintf("nothing was found in %s, %s", output.Plural(int64(len(targets)), "dataset", "datasets"),
		output.Plural(found.Looked, "item", "items"))}
}
