// Package config is the command for the configuration file.
package config

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/config"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// Command is `apifyctl config`.
func Command(a *app.App) *cobra.Command {
	command := &cobra.Command{
		Use:   "config",
		Short: "Profiles: accounts and directories to choose from",
		Long: `Profiles are accounts, or directories, that --profile, APIFYCTL_PROFILE or
"config use" choose. They are in one file, whose path "config path" prints; the
tokens are elsewhere, so that it can be shown and shared.`,
	}
	command.AddCommand(listCommand(a), getCommand(a), setCommand(a), useCommand(a), pathCommand(a))
	return command
}

func listCommand(a *app.App) *cobra.Command {
	var flags app.PrintFlags
	command := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the profiles, and where their tokens are",
		Example: `  apifyctl config list`,
		Args:    verb.Args(0),
		RunE: func(command *cobra.Command, _ []string) error {
			if kept, err := a.Kept(command.Context(), flags, flags.Output); err != nil || kept {
				return err
			}
			printer, err := a.Printer(flags)
			if err != nil {
				return err
			}
			profiles, err := config.Profiles(a.Flags.Config, a.Environment)
			if err != nil {
				return err
			}
			return printer.Rows(command.Context(), func(yield func(json.RawMessage, error) bool) {
				for _, profile := range profiles {
					row, err := json.Marshal(profile)
					if !yield(row, err) || err != nil {
						return
					}
				}
			})
		},
	}
	flags.Add(command.Flags())
	app.CompleteFormats(command)
	a.Prints(command, config.Profile{})
	return command
}

func getCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:       "get SETTING",
		Short:     "Print a setting of the chosen profile: " + strings.Join(config.Settings(), ", "),
		Example:   `  apifyctl config get api-url`,
		Args:      verb.Args(1, "SETTING"),
		ValidArgs: config.Settings(),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := known(args[0]); err != nil {
				return err
			}
			profiles, err := config.Profiles(a.Flags.Config, a.Environment)
			if err != nil {
				return err
			}
			for _, profile := range profiles {
				if profile.Current {
					_, err = a.Streams.Out.Write([]byte(map[string]string{"api-url": profile.APIURL, "local": profile.Local}[args[0]] + "\n"))
				}
			}
			return err
		},
	}
}

func setCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "set SETTING VALUE",
		Short: "Change a setting of the chosen profile, and create it if it does not exist",
		Long: `Change a setting of the chosen profile, which is created if it does not exist. An
empty value removes the setting. The settings are

  api-url  the address of the API
  local    a storage directory to work on instead of the cloud`,
		Example: `  apifyctl config set api-url https://api.apify.com
  apifyctl config set local storage --profile mine`,
		Args:      verb.Args(2, "SETTING", "VALUE"),
		ValidArgs: config.Settings(),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := known(args[0]); err != nil {
				return err
			}
			profile, err := config.Set(a.Flags.Config, a.Environment, args[0], args[1])
			if err != nil {
				return err
			}
			a.Streams.Notef("%s of profile %s is changed", args[0], profile)
			return nil
		},
	}
}

func useCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:     "use PROFILE",
		Short:   "Make a profile the default",
		Example: `  apifyctl config use work`,
		Args:    verb.Args(1, "PROFILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := config.Use(a.Environment, args[0]); err != nil {
				return failure.WithHint(err, "`config list` shows the profiles there are; `login --profile NAME` makes one")
			}
			a.Streams.Notef("profile %s is used from now on", strings.ToLower(args[0]))
			return nil
		},
		ValidArgsFunction: a.CompleteProfiles,
	}
}

func pathCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:     "path",
		Short:   "Print where the configuration file is",
		Example: `  apifyctl config path`,
		Args:    verb.Args(0),
		RunE: func(*cobra.Command, []string) error {
			_, err := a.Streams.Out.Write([]byte(a.Environment.Path() + "\n"))
			return err
		},
	}
}

func known(setting string) error {
	if !slices.Contains(config.Settings(), setting) {
		return failure.WithHint(failure.Usagef("there is no setting %q; known are %s", setting, strings.Join(config.Settings(), ", ")),
			"tokens are kept by `apifyctl login`")
	}
	return nil
}
