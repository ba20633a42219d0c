package verb

import (
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/span"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// addSelection registers the flags of a selection but --run, which can mean a run's
// default storage too.
func addSelection(flags *pflag.FlagSet, s *storages.Selection) {
	flags.BoolVar(&s.Unnamed, "unnamed", false, "only unnamed ones, which expire")
	flags.BoolVar(&s.All, "all", false, "named and unnamed ones")
	flags.StringVar(&s.Name, "name", "", "only those whose name matches this pattern (* ? [a-z]), ignoring case")
	flags.BoolVar(&s.Owned, "owned", false, "only the account's own")
	flags.BoolVar(&s.Shared, "shared", false, "only those that others share with the account")
	flags.Var((*span.Flag)(&s.OlderThan), "older-than", "only those not modified for this long (48h, 30d)")
	flags.Var((*span.Flag)(&s.NewerThan), "newer-than", "only those modified within this time (48h, 30d)")
	flags.Var((*span.Flag)(&s.Expiring), "expiring", "only those that expire within this time (48h, 2d); includes unnamed ones")
	flags.BoolVar(&s.Empty, "empty", false, "only empty ones")
	flags.StringVar(&s.Actor, "actor", "", "only those that this Actor made (ID or username/name), named or unnamed")
}
