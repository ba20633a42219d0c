package storage

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
)

// Get is the verb that shows a storage. A kind whose get shows more builds its
// own of Facts and Web.
func (r Resource[T]) Get() verb.Verb {
	web := false
	return verb.Verb{
		Use: "get REF", Aliases: []string{"info"}, Short: fmt.Sprintf("Show a %s's facts", r.Kind),
		Example: r.examples(`  apifyctl NAME get SAMPLE
  apifyctl NAME get SAMPLE --jq .id`),
		Kind: r.Offers(), Takes: verb.One, Prints: verb.Rows, RowType: r.RowType(), Row: r.First,
		How: func(flags *pflag.FlagSet) { AddWeb(flags, &web) },
		Run: func(ctx context.Context, s *verb.Scope) error {
			if web {
				return r.Web(ctx, s)
			}
			return r.ShowFacts(ctx, s)
		},
	}
}

// AddWeb registers --web.
func AddWeb(flags *pflag.FlagSet, web *bool) {
	flags.BoolVar(web, "web", false, "open it in Apify Console instead")
}

// ShowFacts prints the facts of the storage that a verb is about.
func (r Resource[T]) ShowFacts(ctx context.Context, s *verb.Scope) error {
	object, err := r.Collection(s.Client).Get(ctx, s.Ref)
	if err != nil {
		return s.Failed(err)
	}
	return r.show(ctx, s.Client, s.Printer, object)
}
