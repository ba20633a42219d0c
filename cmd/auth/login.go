// Package auth is the commands about the account: login, logout, whoami.
package auth

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

// maxToken is far longer than any token.
const maxToken = 4096

// Login is `apifyctl login`.
func Login(a *app.App) *cobra.Command {
	noKeyring := false
	command := &cobra.Command{
		Use:   "login",
		Short: "Store a token for later commands",
		Long: `Ask for a token, check it, and store it in the system's keyring or, if there is
none, in a file that only you can read. Without a terminal the token is read
from stdin.

With --profile it is stored for that profile, together with the address of the
API. Apify Console shows your token under Settings, API & Integrations.`,
		Example: `  apifyctl login
  apifyctl login --profile work <token.txt`,
		Args: verb.Args(0),
		RunE: func(command *cobra.Command, _ []string) error { return login(command.Context(), a, !noKeyring) },
	}
	command.Flags().BoolVar(&noKeyring, "no-keyring", false, "keep the token in a file of mode 0600")
	return command
}

func login(ctx context.Context, a *app.App, useKeyring bool) error {
	if a.Flags.Config.LocalSet {
		return failure.Usagef("a local storage directory needs no login")
	}
	profile, apiURL, err := config.Login(a.Flags.Config, a.Environment)
	if err != nil {
		return err
	}
	text, err := readToken(ctx, a)
	if err != nil {
		return err
	}
	token, err := config.ParseToken(text)
	if err != nil {
		return err
	}
	client, err := a.CloudClient(apiURL, token)
	if err != nil {
		return err
	}
	user, err := client.Me(ctx)
	if api.IsUnauthorized(err) {
		return failure.WithHint(err, "check the token; Apify Console shows it under Settings, API & Integrations")
	}
	if err != nil {
		return err
	}
	place, keyringErr, err := config.SaveLogin(a.Environment, profile, apiURL, token, useKeyring)
	if err != nil {
		return err
	}
	if keyringErr != nil {
		a.Streams.Notef("the system's keyring cannot be used: %v", keyringErr)
	}
	a.Streams.Notef("logged in to %s as %s; the token of profile %s is in %s", apiURL, user.Username, profile, place)
	if a.Environment.Getenv("APIFY_TOKEN") != "" {
		a.Streams.Warnf("APIFY_TOKEN is set and comes first, unless --profile is given")
	}
	return nil
}

func readToken(ctx context.Context, a *app.App) (string, error) {
	if a.Streams.InTerminal {
		text, err := a.Streams.AskSecret(ctx, "Token (it will not show):")
		if errors.Is(err, output.ErrNotInteractive) {
			return "", failure.WithHint(failure.Usagef("nobody can be asked for the token"), "pass it on stdin: apifyctl login <FILE")
		}
		return text, err
	}
	text, err := io.ReadAll(io.LimitReader(a.Streams.Input(ctx), maxToken+1))
	if err == nil && len(text) > maxToken {
		err = failure.Usagef("stdin holds more than a token")
	}
	return string(text), err
}
