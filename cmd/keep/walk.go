package keep

import (
	"context"
	"fmt"
	"slices"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/choose"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

// walk lets a person walk through the unnamed storages of some kinds and name
// them. Nothing is changed before the names are confirmed.
func walk(ctx context.Context, a *app.App, selection verb.Selection, kinds []storage.Every) error {
	screen, ok := a.Streams.Screen()
	if !ok {
		return failure.WithHint(failure.Usagef("there is no terminal to choose storages and names on"),
			"in scripts --template or --from of `apifyctl keep` make the names, and `rename REF NAME` names one storage")
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	all, err := take(ctx, client, selection, kinds)
	if err != nil {
		return err
	}
	if len(all.candidates) == 0 {
		a.Streams.Notef(nothing)
		return nil
	}
	if err := nameActors(ctx, client, all.candidates); err != nil {
		return err
	}
	suggest, err := parseTemplate(defaultTemplate)
	if err != nil {
		return err
	}
	m := newModel(all, suggest, func(c *candidate) (string, error) { return preview(ctx, client, c) })
	if err := choose.Run(ctx, screen, a.Streams.ErrColor, m); err != nil {
		return err
	}
	switch {
	case m.cancelled:
		return fmt.Errorf("nothing was named: %w", context.Canceled)
	case !m.confirmed:
		a.Streams.Notef("nothing was named")
		return nil
	}
	apply(ctx, m.planned)
	for _, step := range m.planned {
		if step.err == nil {
			a.Streams.Notef("%s %s is now named %q", step.Kind, step.Facts.ID, step.name)
		}
	}
	return outcome(ctx, a, m.planned)
}

// Walk is keep on a terminal for one kind alone.
func Walk(a *app.App) func(context.Context, api.Kind) error {
	return func(ctx context.Context, kind api.Kind) error {
		kinds := slices.DeleteFunc(storage.Kinds(), func(k storage.Every) bool { return k.Of() != kind })
		return walk(ctx, a, verb.Selection{}, kinds)
	}
}

// line is what a person may see of a text from elsewhere, on one line.
func line(text string) string { return output.Safe(text) }
