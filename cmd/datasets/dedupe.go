package datasets

import (
	"slices"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/failure"
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
