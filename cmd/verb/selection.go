package verb

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// Selection narrows down which storages of an account are meant.
type Selection struct {
	Unnamed, All, Owned, Shared, Empty bool
	Name, Actor, Run                   string
	OlderThan, NewerThan, Expiring     Age

	ofRun *api.Run // once it was looked up; nil: the storages alone say whose they are
}

// add registers the flags but --run, which can mean a run's default storage too.
func (s *Selection) add(flags *pflag.FlagSet) {
	flags.BoolVar(&s.Unnamed, "unnamed", false, "only unnamed ones, which expire")
	flags.BoolVar(&s.All, "all", false, "named and unnamed ones")
	flags.StringVar(&s.Name, "name", "", "only those whose name matches this pattern (* ? [a-z]), ignoring case")
	flags.BoolVar(&s.Owned, "owned", false, "only the account's own")
	flags.BoolVar(&s.Shared, "shared", false, "only those that others share with the account")
	flags.Var(&s.OlderThan, "older-than", "only those not modified for this long (48h, 30d)")
	flags.Var(&s.NewerThan, "newer-than", "only those modified within this time (48h, 30d)")
	flags.Var(&s.Expiring, "expiring", "only those that expire within this time (48h, 2d); includes unnamed ones")
	flags.BoolVar(&s.Empty, "empty", false, "only empty ones")
	flags.StringVar(&s.Actor, "actor", "", "only those that this Actor made (ID or username/name), named or unnamed")
}

// Given tells whether any flag was used.
func (s Selection) Given() bool { return s != Selection{} }

// Check finds values that cannot be right, before any request.
func (s Selection) Check() error {
	switch _, err := path.Match(strings.ToLower(s.Name), ""); {
	case err != nil:
		return failure.Usagef("--name: %q is no pattern", s.Name)
	case s.Unnamed && s.All:
		return failure.Usagef("--unnamed and --all contradict each other")
	case s.Unnamed && s.Name != "":
		return failure.Usagef("--unnamed and --name contradict each other")
	case s.Owned && s.Shared:
		return failure.Usagef("--owned and --shared contradict each other")
	case s.Expiring != 0 && s.Name != "":
		return failure.Usagef("--expiring and --name contradict each other: what has a name does not expire")
	case s.Actor != "" && !strings.ContainsAny(s.Actor, "~/") && !api.LooksLikeID(s.Actor):
		return failure.Usagef("--actor: %q is neither an Actor's ID nor username/name", s.Actor)
	}
	return nil
}

// Options is the part that the server can do.
func (s Selection) Options() api.ListOptions {
	options := api.ListOptions{Unnamed: s.Unnamed || s.All || s.Expiring != 0 || s.Run != "" || s.Actor != ""}
	switch {
	case s.Owned:
		options.Ownership = api.OwnershipOwned
	case s.Shared:
		options.Ownership = api.OwnershipShared
	}
	return options
}

// Matches is the part that the facts of a storage decide.
func (s Selection) Matches(storage *api.Storage, now time.Time) bool {
	named, _ := path.Match(strings.ToLower(s.Name), strings.ToLower(storage.Name)) // the pattern was checked
	switch {
	case s.Unnamed && storage.Name != "",
		s.Name != "" && !named,
		s.Run != "" && storage.ActRunID != s.Run && !s.runHas(storage.ID),
		s.Actor != "" && storage.ActID != s.Actor,
		s.NewerThan != 0 && storage.ModifiedAt.Before(now.Add(-s.NewerThan.Duration())),
		s.OlderThan != 0 && storage.ModifiedAt.After(now.Add(-s.OlderThan.Duration())):
		return false
	}
	return true
}

// runHas tells that the run has a storage of that ID by an alias. IDs of different
// kinds differ.
func (s Selection) runHas(id string) bool {
	if s.ofRun == nil {
		return false
	}
	for _, kind := range []api.Kind{api.KindDataset, api.KindKeyValueStore, api.KindRequestQueue} {
		for _, of := range s.ofRun.Storages(kind) {
			if of == id {
				return true
			}
		}
	}
	return false
}

// Resolve turns the Actor's name into what storages call their Actor, and finds out
// which storages a run has. A run that cannot be looked at is no error here: what
// it made may say so.
func (s *Selection) Resolve(ctx context.Context, client *api.Client) error {
	if s.Run != "" && s.ofRun == nil {
		run, err := client.Run(ctx, s.Run)
		if err == nil {
			s.ofRun = run
		} else if ctx.Err() != nil {
			return err
		}
	}
	if s.Actor == "" || !strings.ContainsAny(s.Actor, "~/") {
		return nil
	}
	found, err := client.Actor(ctx, s.Actor)
	if err != nil {
		return failure.WithHint(fmt.Errorf("the Actor %q: %w", s.Actor, err), "--actor takes an Actor's ID or username/name")
	}
	s.Actor = found.ID
	return nil
}

// CheckRun tells whether the run that selects exists, for a selection that has
// turned out to be empty.
func (s Selection) CheckRun(ctx context.Context, client *api.Client) error {
	if s.Run == "" {
		return nil
	}
	if _, err := client.Run(ctx, s.Run); api.IsNotFound(err) {
		return failure.WithHint(fmt.Errorf("the run %q: %w", s.Run, err), "--run takes the ID of a run")
	}
	return nil
}
