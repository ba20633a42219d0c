package keep

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
)

// walk lets a person walk through the unnamed storages of some kinds and name
// them. Nothing is changed before the names are confirmed.
func walk(ctx context.Context, a *app.App, selection storage.Selection, kinds []api.Kind) error {
	screen, ok := a.Streams.Screen()
	if !ok {
		return app.WithHint(app.Usagef("there is no terminal to choose storages and names on"),
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
		a.Streams.Notef("there is no unnamed storage to keep")
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
	profile := colorprofile.Ascii // bold and reversed, no colour
	if a.Streams.ErrColor {
		profile = colorprofile.ANSI
	}
	_, err = tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(screen.In), tea.WithOutput(screen.Out),
		tea.WithColorProfile(profile), tea.WithoutSignalHandler()).Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("terminal: %w", err)
	case m.cancelled:
		return fmt.Errorf("nothing was named: %w", context.Canceled)
	case !m.confirmed:
		a.Streams.Notef("nothing was named")
		return nil
	}
	apply(ctx, m.planned)
	for _, step := range m.planned {
		if step.err == nil {
			a.Streams.Notef("%s %s is now named %q", step.kind, step.facts.ID, step.name)
		}
	}
	return outcome(ctx, a, m.planned)
}

// OnTerminal gives the rename command of a kind the form without arguments: on
// a terminal, keep for that kind alone.
func OnTerminal(a *app.App, kind api.Kind, resource *cobra.Command) {
	rename, _, err := resource.Find([]string{"rename"})
	if err != nil || rename == resource {
		return
	}
	args, run := rename.Args, rename.RunE
	rename.Args = func(command *cobra.Command, given []string) error {
		if len(given) == 0 && command.LocalFlags().NFlag() == 0 && a.Streams.CanAsk() {
			return nil
		}
		return args(command, given)
	}
	rename.RunE = func(command *cobra.Command, given []string) error {
		if len(given) == 0 && command.LocalFlags().NFlag() == 0 {
			return walk(command.Context(), a, storage.Selection{}, []api.Kind{kind})
		}
		return run(command, given)
	}
}

// line is what a person may see of a text from elsewhere, on one line.
func line(text string) string { return output.Safe(text) }
