package datasets

import (
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/export/dedupe"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

// dedupeFlags say which items are left out because of others.
type dedupeFlags struct {
	whole bool
	by    []string
	keep  string
}

// The values of --dedupe-keep.
const (
	keepFirst = "first"
	keepLast  = "last"
)

func (f *dedupeFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.whole, "dedupe", false, "keep only one of items that are equal as JSON")
	flags.StringSliceVar(&f.by, "dedupe-by", nil, "keep only one of items that are equal in these fields (a/b/0 is a nested value)")
	flags.StringVar(&f.keep, "dedupe-keep", keepFirst, "which of equal items to keep: "+keepFirst+" or "+keepLast)
}

func (f *dedupeFlags) given() bool { return f.whole || len(f.by) > 0 }

func (f *dedupeFlags) check(o exportOptions) error {
	switch {
	case f.whole && len(f.by) > 0:
		return failure.Usagef("--dedupe and --dedupe-by contradict each other")
	case !slices.Contains([]string{keepFirst, keepLast}, f.keep):
		return failure.Usagef("--dedupe-keep must be %s or %s, not %q", keepFirst, keepLast, f.keep)
	case f.keep == keepLast && !f.given():
		return failure.Usagef("--dedupe-keep goes with --dedupe and --dedupe-by")
	case slices.Contains(f.by, ""):
		return failure.Usagef("--dedupe-by: an empty field name")
	case f.given() && o.follow:
		return failure.Usagef("--dedupe and --dedupe-by do not go with --follow")
	case f.given() && o.bulk.planned():
		return failure.Usagef("--dedupe and --dedupe-by do not go with --plan: each worker knows its own items alone")
	case f.given() && len(o.items.OutputFields) > 0:
		return failure.Usagef("--dedupe and --dedupe-by do not go with --output-fields")
	}
	return nil
}

// apply has pages go through a filter; nil is none. A column of our own is no part
// of items. Fields to compare may be such as are not written: they are looked at
// before they are left out.
func (f *dedupeFlags) apply(printer *app.Printer, pages *export.Pages, own string) *dedupe.Filter {
	if !f.given() {
		return nil
	}
	filter := dedupe.New(dedupe.Options{By: f.by, Last: f.keep == keepLast, Ignore: own, Dir: printer.Options().SpoolDir})
	if f.whole {
		printer.Through(filter.Pages)
		return filter
	}
	pages.All = filter.Pages(pages.All)
	return filter
}

// all are the warnings.
func (w written) all() []string { return slices.Concat(w.Warnings, w.unlike(), w.undated()) }

// unlike are sentences about items that could not be compared.
func (w written) unlike() (sentences []string) {
	if w.filter == nil {
		return nil
	}
	for _, field := range w.filter.Unseen() {
		if w.Items > 0 {
			sentences = append(sentences, fmt.Sprintf("--dedupe-by: nothing has %q", field))
		}
	}
	if n := w.filter.Without; n > 0 {
		sentences = append(sentences, fmt.Sprintf("--dedupe-by: none of the fields is in %s, all of which stay", output.Plural(n, "item", "items")))
	}
	return sentences
}
