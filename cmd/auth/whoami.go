package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// Whoami is `apifyctl whoami`.
func Whoami(a *app.App) *cobra.Command {
	var flags app.PrintFlags
	command := &cobra.Command{
		Use:   "whoami",
		Short: "Show which account, API and token are used",
		Example: `  apifyctl whoami
  apifyctl whoami -f json`,
		Args: verb.Args(0),
		RunE: func(command *cobra.Command, _ []string) error { return whoami(command.Context(), a, flags) },
	}
	flags.Add(command.Flags())
	app.CompleteFormats(command)
	a.Prints(command, account{})
	return command
}

type account struct {
	Username      string   `json:"username"`
	ID            string   `json:"id"`
	Email         string   `json:"email,omitempty"`
	Plan          string   `json:"plan"`
	RetentionDays *float64 `json:"dataRetentionDays"` // null where the token may not see it
	Profile       string   `json:"profile,omitempty"`
	TokenSource   string   `json:"tokenSource,omitempty"`
	APIURL        string   `json:"apiUrl,omitempty"`
	Local         string   `json:"local,omitempty"`
}

func whoami(ctx context.Context, a *app.App, flags app.PrintFlags) error {
	if kept, err := a.Kept(ctx, flags, flags.Output); err != nil || kept {
		return err
	}
	printer, err := a.Printer(flags)
	if err != nil {
		return err
	}
	settings, err := a.Config()
	if err != nil {
		return err
	}
	client, err := a.Client()
	if err != nil {
		return err
	}
	user, err := client.Me(ctx)
	if err != nil {
		return err
	}
	me := account{
		Username: user.Username, ID: user.ID, Email: user.Email, Plan: cmp.Or(user.Plan.Description, user.Plan.ID),
		Profile: settings.Profile, TokenSource: settings.TokenSource, APIURL: settings.APIURL, Local: settings.Local,
	}
	switch retention, err := client.Retention(ctx); {
	case err == nil:
		me.RetentionDays = new(retention.Hours() / 24)
	case !api.IsForbidden(err) && !api.IsNotFound(err):
		return err
	}
	if !printer.ForPeople() {
		row, err := json.Marshal(me)
		if err != nil {
			return err
		}
		return printer.One(ctx, row)
	}
	return printer.Card(ctx, me.cells())
}

func (me account) cells() []app.Cell {
	retention := ""
	if me.RetentionDays != nil {
		retention = fmt.Sprintf("unnamed storages are kept for %g days", *me.RetentionDays)
		if *me.RetentionDays*24*float64(time.Hour) >= float64(api.Never) {
			retention = "unnamed storages are kept"
		}
	}
	var cells []app.Cell
	for _, cell := range []app.Cell{
		{Name: "user", Value: me.Username},
		{Name: "id", Value: me.ID},
		{Name: "email", Value: me.Email},
		{Name: "plan", Value: me.Plan},
		{Name: "retention", Value: retention},
		{Name: "profile", Value: me.Profile},
		{Name: "token from", Value: me.TokenSource},
		{Name: "api", Value: me.APIURL},
		{Name: "directory", Value: me.Local},
	} {
		if cell.Value != "" {
			cells = append(cells, cell)
		}
	}
	return cells
}
