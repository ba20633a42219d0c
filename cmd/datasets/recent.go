package datasets

import (
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/span"
)

// recentFlags leave out what is old.
type recentFlags struct {
	span  span.Flag
	field string
}

func (f *recentFlags) add(flags *pflag.FlagSet) {
	flags.Var(&f.span, "new-items-of-last", "only items whose --time-field is of the last 24h, 7d, …")
	flags.StringVar(&f.field, "time-field", "", "the field with an item's time: ISO 8601, or seconds or milliseconds since 1970 (a/b is a nested value)")
}

func (f *recentFlags) check(o exportOptions) error {
	switch {
	case f.span == 0 && f.field == "":
		return nil
	case f.span == 0:
		return failure.Usagef("--time-field goes with --new-items-of-last")
	case f.field == "":
		return failure.WithHint(failure.Usagef("--new-items-of-last needs the field that holds an item's time"), "for example: --new-items-of-last 24h --time-field scrapedAt")
	case o.follow, o.bulk.planned(), o.since.on:
		return failure.Usagef("--new-items-of-last does not go with --follow, --plan or --since-last")
	case len(o.items.OutputFields) > 0:
		return failure.Usagef("--new-items-of-last does not go with --output-fields")
	}
	return nil
}

// besides are the fields that have to be asked for.
func (f *recentFlags) besides() []string {
	if f.field == "" {
		return nil
	}
	return []string{f.field}
}
