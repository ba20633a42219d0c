// Package usage is the command that tells what storages cost.
package usage

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// Command is `apifyctl usage`.
func Command(a *app.App) *cobra.Command {
	var limit int
	return verb.Verb{
		Use:   "usage",
		Short: "Show what storages cost this month, and which cost the most",
		Long: `Show which storages of all kinds cost the most to keep, whether they have a name
or not. The cost of a storage is an estimate: its present size, times the hours
that it has existed this month, times what the account pays for a gigabyte and
hour. What the account's storages have actually cost this month, reads and writes
included, is printed on stderr, by service.

A local directory costs nothing: its storages are listed by size.`,
		Example: `  apifyctl usage
  apifyctl usage --limit 3 -f csv`,
		Prints: verb.Rows, RowType: storages.Kept{},
		What: func(flags *pflag.FlagSet) {
			flags.IntVar(&limit, "limit", 10, "list this many storages at most")
		},
		Check: func(*verb.Scope) error {
			if limit < 1 {
				return failure.Usagef("--limit must be one or more")
			}
			return nil
		},
		Run: func(ctx context.Context, s *verb.Scope) error { return run(ctx, s, limit) },
	}.Command(a)
}

func run(ctx context.Context, s *verb.Scope, limit int) error {
	var month *api.Usage
	if !s.App.IsLocal() {
		var err error
		if month, err = costs(ctx, s); err != nil {
			return err
		}
	}
	now := time.Now()
	var all []storages.Kept
	for _, kind := range storages.All() {
		for object, err := range kind.Objects(ctx, s.Client, api.ListOptions{Unnamed: true, Ownership: api.OwnershipOwned}) {
			if err != nil {
				return err
			}
			all = append(all, storages.Keeping(object, month, now))
		}
	}
	slices.SortStableFunc(all, func(a, b storages.Kept) int {
		return cmp.Or(cmp.Compare(b.Price(), a.Price()), cmp.Compare(b.Bytes, a.Bytes))
	})
	s.Printer.Options().Layout = export.Layout{Whole: []string{"id"}, Spare: []string{"holds", "kind"}}
	return s.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		for _, one := range all[:min(limit, len(all))] {
			row, err := rowOf(one, s.Printer.ForPeople(), month != nil)
			if !yield(row, err) || err != nil {
				return
			}
		}
	}, "there are no storages")
}

// costs asks for what storages have cost this month, and tells it; nil where the
// token may not see it.
func costs(ctx context.Context, s *verb.Scope) (*api.Usage, error) {
	month, err := s.Client.MonthlyUsage(ctx)
	if api.IsForbidden(err) || api.IsNotFound(err) {
		s.App.Streams.Warnf("what the account's storages cost cannot be seen with this token")
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("usage of this month: %w", err)
	}
	limits, err := s.Client.Limits(ctx)
	if err != nil && !api.IsForbidden(err) && !api.IsNotFound(err) {
		return nil, fmt.Errorf("limits of the account: %w", err)
	}
	for _, line := range bill(month, limits) {
		s.App.Streams.Notef("%s", line)
	}
	return month, nil
}

// bill is what storages have cost this month, by service. limits may be nil.
func bill(month *api.Usage, limits *api.Limits) []string {
	var services []string
	total := 0.0
	for name, used := range month.Services {
		if api.OfStorages(name) && used.Quantity > 0 {
			services = append(services, name)
			total += used.Cost()
		}
	}
	slices.SortFunc(services, func(a, b string) int {
		return cmp.Or(cmp.Compare(month.Services[b].Cost(), month.Services[a].Cost()), cmp.Compare(a, b))
	})
	first := fmt.Sprintf("storages have cost %s since %s", output.Dollars(total), month.Cycle.Start.Format(time.DateOnly))
	if limits != nil && limits.Limits.MonthlyUsageUSD > 0 {
		first += fmt.Sprintf("; with all else the account has used %s of its %s", output.Dollars(limits.Current.MonthlyUsageUSD), output.Dollars(limits.Limits.MonthlyUsageUSD))
	}
	lines := []string{first}
	for _, name := range services {
		lines = append(lines, fmt.Sprintf("  %s  %s", output.Dollars(month.Services[name].Cost()), serviceText(name)))
	}
	return lines
}
