package storages

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// Aliased is the storage that a run, or the last run of an Actor, calls by an alias.
func Aliased(ctx context.Context, client *api.Client, kind api.Kind, run, lastRunOf, alias string) (api.Ref, error) {
	find := client.Run
	if run == "" {
		run, find = lastRunOf, client.LastRun
	}
	found, err := find(ctx, run)
	if err != nil {
		return api.Ref{}, fmt.Errorf("run %q: %w", run, err)
	}
	storages := found.Storages(kind)
	id, ok := storages[alias]
	if !ok {
		aliases := slices.Sorted(maps.Keys(storages))
		err := &failure.NotFoundError{Message: fmt.Sprintf("run %q has no %s %q", found.ID, kind, alias)}
		return api.Ref{}, failure.WithHint(err, fmt.Sprintf("it has %s", strings.Join(aliases, ", ")))
	}
	return api.StorageRef(kind, &api.Storage{ID: id}), nil
}
