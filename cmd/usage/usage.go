// Package usage is the command that tells what storages cost.
package usage

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/export"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

// Command is `apifyctl usage`.
func Command(a *app.App) *cobra.Command {
	var limit int
	return verb.Verb{
		Use:   "usage",
		Short: "Show what storages cost this month, and which are the biggest",
		Long: `Show which storages are the biggest, of all kinds, with a name or without. What
the account's storages have cost in this month is told on stderr, by service: the
bytes that are kept, times the hours, and reads and writes. A local directory
costs nothing, and has the list alone.`,
		Example: `  apifyctl usage
  apifyctl usage --limit 3 -f csv`,
		Prints: verb.Rows,
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

// storageUsage is a row: a storage and its size.
type storageUsage struct {
	Kind  string  `json:"kind"`
	ID    string  `json:"id"`
	Name  *string `json:"name"`
	Bytes int64   `json:"storageBytes"`
	Holds string  `json:"holds"`
}

func run(ctx context.Context, s *verb.Scope, limit int) error {
	if !s.App.IsLocal() {
		if err := sayCosts(ctx, s); err != nil {
			return err
		}
	}
	var all []storageUsage
	for _, kind := range storage.Kinds() {
		for object, err := range kind.Objects(ctx, s.Client, api.ListOptions{Unnamed: true, Ownership: api.OwnershipOwned}) {
			if err != nil {
				return err
			}
			one := storageUsage{Kind: object.Kind.String(), ID: object.Facts.ID, Bytes: object.Bytes, Holds: object.Size}
			if object.Facts.Name != "" {
				one.Name = &object.Facts.Name
			}
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b storageUsage) int { return cmp.Compare(b.Bytes, a.Bytes) })
	s.Printer.Options().Layout = export.Layout{Whole: []string{"id"}, Spare: []string{"holds"}}
	return s.Printer.Rows(ctx, func(yield func(json.RawMessage, error) bool) {
		for _, one := range all[:min(limit, len(all))] {
			row, err := one.row(s.Printer.ForPeople())
			if !yield(row, err) || err != nil {
				return
			}
		}
	})
}

func (u storageUsage) row(forPeople bool) (json.RawMessage, error) {
	if !forPeople {
		return app.JSON(u)
	}
	name := "-"
	if u.Name != nil {
		name = *u.Name
	}
	size := "-"
	if u.Bytes > 0 {
		size = output.Bytes(u.Bytes)
	}
	return app.TableRow([]app.Cell{{Name: "kind", Value: u.Kind}, {Name: "name", Value: name}, {Name: "id", Value: u.ID}, {Name: "size", Value: size}, {Name: "holds", Value: u.Holds}}), nil
}

// month is what the API tells of the current one.
type month struct {
	Data struct {
		Cycle struct {
			Start string `json:"startAt"`
		} `json:"usageCycle"`
		Services map[string]struct {
			Quantity float64 `json:"quantity"`
			Amount   float64 `json:"amountAfterVolumeDiscountUsd"`
		} `json:"monthlyServiceUsage"`
	} `json:"data"`
}

// sayCosts tells what storages have cost this month.
func sayCosts(ctx context.Context, s *verb.Scope) error {
	answer, err := s.Client.Raw(ctx, api.RawRequest{Method: http.MethodGet, Path: "/users/me/usage/monthly"})
	if api.IsForbidden(err) || api.IsNotFound(err) {
		s.App.Streams.Warnf("what the account's storages cost cannot be seen with this token")
		return nil
	}
	if err != nil {
		return fmt.Errorf("usage of this month: %w", err)
	}
	var m month
	if err := json.Unmarshal(answer.Body, &m); err != nil {
		return fmt.Errorf("usage of this month: %w", err)
	}
	type service struct {
		name   string
		amount float64
	}
	var services []service
	total := 0.0
	for name, used := range m.Data.Services {
		if aboutStorages(name) && used.Quantity > 0 {
			services = append(services, service{name, used.Amount})
			total += used.Amount
		}
	}
	slices.SortFunc(services, func(a, b service) int {
		return cmp.Or(cmp.Compare(b.amount, a.amount), strings.Compare(a.name, b.name))
	})
	s.App.Streams.Notef("storages have cost $%.2f since %s", total, strings.SplitN(m.Data.Cycle.Start, "T", 2)[0])
	for _, each := range services {
		s.App.Streams.Notef("  $%.2f  %s", each.amount, strings.ToLower(strings.ReplaceAll(each.name, "_", " ")))
	}
	return nil
}

// aboutStorages tells the services of storages from those of runs and proxies.
func aboutStorages(service string) bool {
	for _, kind := range []string{"DATASET_", "KEY_VALUE_STORE_", "REQUEST_QUEUE_"} {
		if strings.HasPrefix(service, kind) {
			return true
		}
	}
	return false
}
