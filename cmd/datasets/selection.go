package datasets

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
)

// addItemFlags registers what the API can do to items before it sends them.
func addItemFlags(flags *pflag.FlagSet, o *api.ItemsOptions) {
	flags.Int64Var(&o.Offset, "offset", 0, "skip this many items")
	flags.Int64Var(&o.Limit, "limit", 0, "stop after this many items (0 is all)")
	flags.BoolVar(&o.Descending, "desc", false, "newest item first")
	flags.StringSliceVar(&o.Fields, "fields", nil, "these fields only, in this order; in tables a/b/0 is one nested column")
	flags.StringSliceVar(&o.OutputFields, "output-fields", nil, "new names for --fields, one for each")
	flags.StringSliceVar(&o.Omit, "omit", nil, "leave these fields out")
	flags.StringSliceVar(&o.Unwind, "unwind", nil, "make every element of this array, or the members of this object, an item of its own")
	flags.StringSliceVar(&o.Flatten, "flatten", nil, "turn the members of these objects into fields a.b")
	flags.BoolVar(&o.Clean, "clean", false, "as --skip-hidden and --skip-empty")
	flags.BoolVar(&o.SkipEmpty, "skip-empty", false, "leave empty items out")
	flags.BoolVar(&o.SkipHidden, "skip-hidden", false, "leave fields out that start with #")
	flags.BoolVar(&o.SkipFailedPages, "skip-failed-pages", false, "leave items out that have errorInfo")
	flags.BoolVar(&o.Simplified, "simplified", false, "url, pageFunctionResult and errorInfo only, unwound")
	flags.StringVar(&o.View, "view", "", "the view of this name from the dataset's schema")
}

// fieldFlags are those whose values are names of fields.
func fieldFlags() []string { return []string{"fields", "omit", "unwind", "flatten", "columns"} }

// addPageFlags registers how items are fetched.
func addPageFlags(flags *pflag.FlagSet, o *api.ItemsOptions) {
	flags.IntVar(&o.Concurrency, "concurrency", 0, "requests at once (0 is 24, with --local 2 to 4)")
	flags.Int64Var(&o.PageSize, "page-size", 0, "items a request (0 adapts to their size)")
}

func checkItems(o *api.ItemsOptions) error {
	switch {
	case o.Offset < 0:
		return app.Usagef("--offset cannot be negative")
	case o.Limit < 0:
		return app.Usagef("--limit cannot be negative")
	case o.PageSize < 0:
		return app.Usagef("--page-size cannot be negative")
	case o.Concurrency < 0:
		return app.Usagef("--concurrency cannot be negative")
	case o.Concurrency > maxConcurrency:
		return app.Usagef("--concurrency cannot be more than %d", maxConcurrency)
	case len(o.OutputFields) > 0 && len(o.OutputFields) != len(o.Fields):
		return app.Usagef("--output-fields needs one name for each of --fields: %d for %d", len(o.OutputFields), len(o.Fields))
	}
	for _, list := range [][]string{o.Fields, o.OutputFields, o.Omit, o.Unwind, o.Flatten} {
		if slices.Contains(list, "") {
			return app.Usagef("an empty field name in a list of fields")
		}
	}
	return nil
}

// maxConcurrency keeps a window of pages in bounded memory.
const maxConcurrency = 64

// columns are those that --fields asks for in a format with columns. There a
// path such as reviews/0/name is one column; the API knows top-level fields
// only and is asked for reviews. A field whose own name has a slash is asked
// for too.
func columns(format export.Format, o *api.ItemsOptions) []string {
	if !format.Columns || len(o.Fields) == 0 {
		return nil
	}
	if len(o.OutputFields) > 0 {
		return o.OutputFields
	}
	wanted := o.Fields
	var asked []string
	for _, field := range wanted {
		head, _, nested := strings.Cut(field, "/")
		for _, name := range []string{field, head} {
			if name != "" && !slices.Contains(asked, name) {
				asked = append(asked, name)
			}
			if !nested {
				break
			}
		}
	}
	o.Fields = asked
	return wanted
}

// expected is how many items there will be, as far as one page can tell.
func expected(page api.Page, limit int64) int64 {
	if limit > 0 {
		return min(limit, page.Total)
	}
	return page.Total
}
