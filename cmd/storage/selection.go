package storage

import (
	"context"
	"fmt"
	"iter"
	"path"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// Selection narrows down which storages of an account are meant.
type Selection struct {
	Unnamed, All, Owned, Shared, Empty bool
	Name, Actor, Run                   string
	OlderThan, Expiring                Age
}

// Add registers the flags. Commands whose --run names a run's default storage
// leave the one of AddRun out, and have it by RefFlags.AddOr.
func (s *Selection) Add(flags *pflag.FlagSet) {
	flags.BoolVar(&s.Unnamed, "unnamed", false, "only those without a name, which expire")
	flags.BoolVar(&s.All, "all", false, "those with a name and those without")
	flags.StringVar(&s.Name, "name", "", "only those whose name matches this pattern (* ? [a-z], whatever the case)")
	flags.BoolVar(&s.Owned, "owned", false, "only the account's own")
	flags.BoolVar(&s.Shared, "shared", false, "only those that others share with the account")
	flags.Var(&s.OlderThan, "older-than", "only those that were not modified for so long (48h, 30d)")
	flags.Var(&s.Expiring, "expiring", "only those that will be gone so soon (48h, 2d); takes in those without a name")
	flags.BoolVar(&s.Empty, "empty", false, "only those that hold nothing")
	flags.StringVar(&s.Actor, "actor", "", "only those that this Actor made (ID or username/name)")
}

// AddRun registers --run as a way to narrow.
func (s *Selection) AddRun(flags *pflag.FlagSet) {
	flags.StringVar(&s.Run, "run", "", "only those that this run made; takes in those without a name")
}

// Given tells whether any flag was used.
func (s Selection) Given() bool { return s != Selection{} }

// Check finds values that cannot be right, before any request.
func (s Selection) Check() error {
	switch _, err := path.Match(strings.ToLower(s.Name), ""); {
	case err != nil:
		return app.Usagef("--name: %q is no pattern", s.Name)
	case s.Unnamed && s.All:
		return app.Usagef("--unnamed and --all contradict each other")
	case s.Unnamed && s.Name != "":
		return app.Usagef("--unnamed and --name contradict each other")
	case s.Owned && s.Shared:
		return app.Usagef("--owned and --shared contradict each other")
	case s.Expiring != 0 && s.Name != "":
		return app.Usagef("--expiring and --name contradict each other: what has a name does not expire")
	case s.Actor != "" && !strings.ContainsAny(s.Actor, "~/") && !api.LooksLikeID(s.Actor):
		return app.Usagef("--actor: %q is neither an Actor's ID nor username/name", s.Actor)
	}
	return nil
}

// options is the part that the server can do.
func (s Selection) options() api.ListOptions {
	options := api.ListOptions{Unnamed: s.Unnamed || s.All || s.Expiring != 0 || s.Run != ""}
	switch {
	case s.Owned:
		options.Ownership = api.OwnershipOwned
	case s.Shared:
		options.Ownership = api.OwnershipShared
	}
	return options
}

// matches is the part that the facts of a storage decide.
func (s Selection) matches(storage *api.Storage, now time.Time) bool {
	named, _ := path.Match(strings.ToLower(s.Name), strings.ToLower(storage.Name)) // the pattern was checked
	switch {
	case s.Unnamed && storage.Name != "",
		s.Name != "" && !named,
		s.Run != "" && storage.ActRunID != s.Run,
		s.Actor != "" && storage.ActID != s.Actor,
		s.OlderThan != 0 && storage.ModifiedAt.After(now.Add(-s.OlderThan.Duration())):
		return false
	}
	return true
}

// expiringSoon includes what should be gone already: the API deletes when it
// gets to it.
func (s Selection) expiringSoon(ctx context.Context, expiry *Expiry, storage *api.Storage, now time.Time) (bool, error) {
	if s.Expiring == 0 {
		return true, nil
	}
	at, _, err := expiry.At(ctx, storage)
	return !at.IsZero() && !at.After(now.Add(s.Expiring.Duration())), err
}

// Select yields the storages that the flags mean, oldest first, or newest first
// with descending. What needs further requests is looked at last.
func (r Resource[T]) Select(ctx context.Context, client *api.Client, s Selection, descending bool) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		err := s.Check()
		if err == nil {
			err = s.Resolve(ctx, client)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		options := s.options()
		options.Descending = descending
		filter := Filter[T]{Resource: r, Client: client, Selection: s, Expiry: NewExpiry(client), Now: time.Now()}
		for object, err := range r.Collection(client).List(ctx, options) {
			wanted := false
			if err == nil {
				wanted, err = filter.Wants(ctx, object)
			}
			if (err != nil || wanted) && (!yield(object, err) || err != nil) {
				return
			}
		}
	}
}

// Filter is the part of a selection that the server cannot do.
type Filter[T any] struct {
	Resource  Resource[T]
	Client    *api.Client
	Selection Selection
	Expiry    *Expiry
	Now       time.Time
}

// Wants tells whether a storage is selected. What needs a request is looked at
// last.
func (f Filter[T]) Wants(ctx context.Context, object *T) (bool, error) {
	storage := f.Resource.Facts(object)
	if !f.Selection.matches(storage, f.Now) {
		return false, nil
	}
	wanted, err := f.Selection.expiringSoon(ctx, f.Expiry, storage, f.Now)
	if err != nil || !wanted || !f.Selection.Empty {
		return wanted, err
	}
	if wanted, err = isEmpty(ctx, f.Client, object); err != nil {
		err = f.Resource.failed(api.StorageRef(f.Resource.Kind, storage), err)
	}
	return wanted, err
}

// Resolve turns the Actor's name into what storages call their Actor. Only a
// name needs a request.
func (s *Selection) Resolve(ctx context.Context, client *api.Client) error {
	if s.Actor == "" || !strings.ContainsAny(s.Actor, "~/") {
		return nil
	}
	found, err := client.Actor(ctx, s.Actor)
	if err != nil {
		return app.WithHint(fmt.Errorf("the Actor %q: %w", s.Actor, err), "--actor takes an Actor's ID or username/name")
	}
	s.Actor = found.ID
	return nil
}

// isEmpty asks a key-value store itself: the sizes that lists give can be
// missing.
func isEmpty(ctx context.Context, client *api.Client, object any) (bool, error) {
	switch storage := object.(type) {
	case *api.Dataset:
		return storage.ItemCount == 0, nil
	case *api.RequestQueue:
		return storage.TotalRequestCount == 0, nil
	case *api.KeyValueStore:
		if storage.Stats.StorageBytes > 0 {
			return false, nil
		}
		full, err := client.KeyValueStores().HasKeys(ctx, storage.ID)
		return !full, err
	}
	return false, nil
}
