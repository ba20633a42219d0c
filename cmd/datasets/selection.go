package datasets

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
)

// addItemFlags registers what the API can do to items before it sends them.
func addItemFlags(flags *pflag.FlagSet, o *api.ItemsOptions) {
	flags.Int64Var(&o.Offset, "offset", 0, "skip this many items")
	flags.Int64Var(&o.Limit, "limit", 0, "stop after this many items (0 is all)")
	flags.BoolVar(&o.Descending, "desc", false, "newest item first")
	flags.StringSliceVar(&o.Fields, "fields", nil, "only these fields, in this order; a/b/0 is a nested value")
	flags.StringSliceVar(&o.OutputFields, "output-fields", nil, "new names for --fields, one for each")
	flags.StringSliceVar(&o.Omit, "omit", nil, "leave out these fields")
	flags.StringSliceVar(&o.Unwind, "unwind", nil, "make every element of this array, or the members of this object, an item of its own")
	flags.StringSliceVar(&o.Flatten, "flatten", nil, "turn the members of these objects into fields a.b")
	flags.BoolVar(&o.Clean, "clean", false, "the same as --skip-hidden --skip-empty")
	flags.BoolVar(&o.SkipEmpty, "skip-empty", false, "leave out empty items")
	flags.BoolVar(&o.SkipHidden, "skip-hidden", false, "leave out fields that start with #")
	flags.BoolVar(&o.SkipFailedPages, "skip-failed-pages", false, "leave out items with errorInfo")
	flags.BoolVar(&o.Simplified, "simplified", false, "url, pageFunctionResult and errorInfo only, unwound")
	flags.StringVar(&o.View, "view", "", "use this view of the dataset's schema")
}

// fieldFlags are those whose values are names of fields.
func fieldFlags() []string {
	return []string{"fields", "omit", "unwind", "flatten", "columns", "dedupe-by"}
}

// addPageFlags registers how items are fetched.
func addPageFlags(flags *pflag.FlagSet, o *api.ItemsOptions) {
	flags.IntVar(&o.Concurrency, "concurrency", 0, "requests at once (0 is 24, with --local 2 to 4)")
	flags.Int64Var(&o.PageSize, "page-size", 0, "items a request (0 adapts to their size)")
}

func checkItems(o *api.ItemsOptions) error {
	switch {
	case o.Offset < 0:
		return failure.Usagef("--offset cannot be negative")
	case o.Limit < 0:
		return failure.Usagef("--limit cannot be negative")
	case o.PageSize < 0:
		return failure.Usagef("--page-size cannot be negative")
	case o.Concurrency < 0:
		return failure.Usagef("--concurrency cannot be negative")
	case o.Concurrency > maxConcurrency:
		return failure.Usagef("--concurrency cannot be more than %d", maxConcurrency)
	case len(o.OutputFields) > 0 && len(o.OutputFields) != len(o.Fields):
		return failure.Usagef("--output-fields needs one name for each of --fields: %d for %d", len(o.OutputFields), len(o.Fields))
	}
	for _, list := range [][]string{o.Fields, o.OutputFields, o.Omit, o.Unwind, o.Flatten} {
		if slices.Contains(list, "") {
			return failure.Usagef("an empty field name in a list of fields")
		}
	}
	return nil
}

// maxConcurrency keeps a window of pages in bounded memory.
const maxConcurrency = 64

// pickFields has a printer deal with --fields alike in all formats: a path such as
// price/amount or price.amount reaches inside. The API knows top-level fields only
// and is asked for price, and for a field whose own name is the path. A column of
// our own comes first; what is needed besides is asked for and left out again.
func pickFields(printer *app.Printer, o *api.ItemsOptions, own string, besides []string) {
	if len(o.Fields) == 0 {
		return
	}
	names := o.Fields
	if len(o.OutputFields) > 0 {
		names = o.OutputFields
	}
	picked, named := o.Fields, names
	if own != "" {
		picked, named = append([]string{own}, picked...), append([]string{own}, named...)
	}
	if format := printer.Format(); format.Columns || format.Name == "table" {
		printer.Options().Fields = named
	}
	asked := items.TopLevel(append(slices.Clone(o.Fields), besides...))
	if !slices.Equal(asked, items.TopLevel(o.Fields)) {
		printer.Fields(&app.Picker{Paths: picked, Names: named}, true)
		o.Fields, o.OutputFields = asked, nil
		return
	}
	// Tables spread nested values over columns such as price/amount by themselves.
	spread := printer.Format().Columns && len(o.OutputFields) == 0 && !slices.ContainsFunc(o.Fields, dotted)
	switch {
	case len(asked) == len(o.Fields): // nothing is nested, the API does it all
		printer.Fields(&app.Picker{Paths: names}, false)
	case spread:
		printer.Fields(&app.Picker{Paths: names}, false)
		o.Fields = asked
	default:
		printer.Fields(&app.Picker{Paths: picked, Names: named}, true)
		o.Fields, o.OutputFields = asked, nil
	}
}

func dotted(field string) bool { return strings.Contains(field, ".") }

// unseen are sentences about fields that no item has, with the nearest that there is; the names that there are come
// from that dataset.
func unseen(ctx context.Context, s *verb.Scope, printer items.Printer, ref api.Ref) []string {
	others := sync.OnceValue(func() []string {
		for page, err := range s.Client.Datasets().Pages(ctx, ref, api.ItemsOptions{Limit: firstItems}) {
			if err == nil {
				return app.FieldNames(page.Data)
			}
		}
		return nil
	})
	return printer.Unseen(others)
}
