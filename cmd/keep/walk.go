package keepcmd

import (
	"context"
	"slices"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/keep"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// walk lets a person walk through the unnamed storages of some kinds and name
// them. Nothing is changed before the names are confirmed.
func walk(ctx context.Context, a *app.App, selection storages.Selection, kinds []storages.Every) error {
	screen, ok := a.Streams.Screen()
	if !ok {
		return failure.WithHint(failure.Usagef("there is no terminal to choose storages and names on"),
			"in scripts --template or --from of `apifyctl keep` make the names, and `rename REF NAME` names one storage")
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	all, err := keep.Take(ctx, client, selection, kinds)
	if err != nil {
		return err
	}
	if len(all.Candidates) == 0 {
		a.Streams.Notef(nothing)
		return nil
	}
	if err := all.NameActors(ctx, client); err != nil {
		return err
	}
	steps, err := keep.Walk(ctx, screen, a.Streams.ErrColor, client, all)
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		a.Streams.Notef("nothing was named")
		return nil
	}
	keep.Apply(ctx, steps)
	for _, step := range steps {
		if step.Err == nil {
			a.Streams.Notef("%s %s is now named %q", step.Kind, step.Facts.ID, step.Name)
		}
	}
	return outcome(ctx, a, steps)
}

// Walk is keep on a terminal for one kind alone.
func Walk(a *app.App) func(context.Context, api.Kind) error {
	return func(ctx context.Context, kind api.Kind) error {
		kinds := slices.DeleteFunc(storages.All(), func(k storages.Every) bool { return k.Of() != kind })
		return walk(ctx, a, storages.Selection{}, kinds)
	}
}
