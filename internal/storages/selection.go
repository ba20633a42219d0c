package storages

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// Selection narrows down which storages of an account are meant. Errors name its
// members as flags do.
type Selection struct {
	Unnamed, All, Owned, Shared, Empty bool
	Name, Actor, Run                   string
	OlderThan, NewerThan, Expiring     time.Duration

	ofRun *api.Run // once it was looked up; nil: the storages alone say whose they are
}

// Given tells whether there is anything to select by.
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
		s.NewerThan != 0 && storage.ModifiedAt.Before(now.Add(-s.NewerThan)),
		s.OlderThan != 0 && storage.ModifiedAt.After(now.Add(-s.OlderThan)):
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
	for _, kind := range api.Kinds() {
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
