// Package version tells which build of the program this is.
package version

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
)

// Command is `apifyctl version`.
func Command(a *app.App) *cobra.Command {
	var format string
	command := &cobra.Command{
		Use:   "version",
		Short: "Print version, commit and Go version",
		Example: `  apifyctl version
  apifyctl version -f json`,
		Args: verb.Args(0),
		RunE: func(*cobra.Command, []string) error { return run(a, format) },
	}
	command.Flags().StringVarP(&format, "format", "f", "", "json prints an object")
	a.Prints(command, app.Build{})
	return command
}

func run(a *app.App, format string) error {
	build := a.Build
	switch format {
	case "":
		_, err := fmt.Fprintf(a.Streams.Out, "apifyctl %s\ncommit %s\n%s %s/%s\n", build.Version, build.Commit, build.Go, build.OS, build.Arch)
		return err
	case "json":
		return json.NewEncoder(a.Streams.Out).Encode(build)
	}
	return failure.Usagef("version knows the format json only, not %q", format)
}
