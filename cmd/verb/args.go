package verb

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/failure"
)

func (b *built) args(command *cobra.Command, args []string) error {
	if err := checkGiven(command.Flags()); err != nil {
		return err
	}
	if b.alone(command, args) || b.left(args) {
		return nil
	}
	switch b.Takes {
	case One:
		return b.refs.check(args, b.Rest)
	case Many:
		if b.Instead != nil && b.Instead() {
			return b.refs.checkNone(args, &b.scope.Selection)
		}
		if len(args) < b.ahead() {
			return failure.Usagef("%s is missing", b.Ahead())
		}
		return b.refs.checkOr(args[b.ahead():], &b.scope.Selection)
	case None, Selected:
	}
	return b.Rest.check(args)
}

// ahead is how many arguments come before the references.
func (b *built) ahead() int {
	if b.Ahead == nil || b.Ahead() == "" {
		return 0
	}
	return 1
}

// alone tells that a person who called the verb without anything is to be asked
// what is meant.
func (b *built) alone(command *cobra.Command, args []string) bool {
	return b.Alone != nil && len(args) == 0 && command.LocalFlags().NFlag() == 0 && b.scope.App.Streams.CanAsk()
}

// Args checks the arguments of a command that is no Verb: at least so many of
// those with these names, and none more.
func Args(least int, names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		rest := Rest{Least: least, Most: len(names)}
		if len(args) < least {
			rest.Name = names[len(args)]
		}
		return rest.check(args)
	}
}

func (r Rest) check(args []string) error {
	switch {
	case len(args) < r.Least:
		return failure.Usagef("%s is missing", r.Name)
	case r.Most >= 0 && len(args) > r.Most:
		return failure.Usagef("too many arguments: %s", quoted(args[r.Most:]))
	}
	return nil
}

func quoted(args []string) string { return fmt.Sprintf("%q", args) }
