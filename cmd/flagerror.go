package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/nearest"
)

// flagError is an error of a flag in our words.
func flagError(command *cobra.Command, err error) error {
	hint := "see " + command.CommandPath() + " --help"
	text := failure.Text(err)
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		text = fmt.Sprintf("--%s: %s", invalid.GetFlag().Name, failure.Text(invalid.Unwrap()))
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		text = fmt.Sprintf("--%s: the value is missing", missing.GetFlag().Name)
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		text = "there is no flag " + written(unknown)
		if near := nearest.Name(unknown.GetSpecifiedName(), flagNames(command)); near != "" && unknown.GetSpecifiedShortnames() == "" {
			hint = "did you mean --" + near + "?"
		}
	}
	return failure.WithHint(&failure.UsageError{Message: text}, hint)
}

// written is a flag as it stands on the command line.
func written(unknown *pflag.NotExistError) string {
	if unknown.GetSpecifiedShortnames() != "" {
		return "-" + unknown.GetSpecifiedName()
	}
	return "--" + unknown.GetSpecifiedName()
}

func flagNames(command *cobra.Command) []string {
	var names []string
	command.Flags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			names = append(names, flag.Name)
		}
	})
	return names
}
