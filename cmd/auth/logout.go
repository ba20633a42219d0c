package auth

import (
	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/config"
)

// Logout is `apifyctl logout`.
func Logout(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Forget the token that login stored",
		Long: `Forget the token that login stored for this profile. The token itself stays valid;
Apify Console can revoke it. What the official CLI keeps is left alone.`,
		Example: `  apifyctl logout
  apifyctl logout --profile work`,
		Args: verb.Args(0),
		RunE: func(*cobra.Command, []string) error {
			profile, forgotten, err := config.Logout(a.Flags.Config, a.Environment)
			if err != nil {
				return err
			}
			if !forgotten {
				a.Streams.Notef("profile %s holds no token", profile)
				return nil
			}
			a.Streams.Notef("the token of profile %s is forgotten", profile)
			return nil
		},
	}
}
