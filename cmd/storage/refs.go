package storage

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
)

// RefFlags name a storage by the run that it belongs to.
type RefFlags struct{ Run, LastRun string }

// Add registers the flags.
func (f *RefFlags) Add(flags *pflag.FlagSet) { f.add(flags, "the default storage of this run") }

// AddOr registers the flags where storages can be selected instead, before or
// after those of the selection.
func (f *RefFlags) AddOr(flags *pflag.FlagSet) {
	f.add(flags, "the default storage of this run; beside a flag that selects, only those that this run made")
}

func (f *RefFlags) add(flags *pflag.FlagSet, run string) {
	flags.StringVar(&f.Run, "run", "", run)
	flags.StringVar(&f.LastRun, "last-run", "", "the default storage of this Actor's last run")
}

func (f RefFlags) given() bool { return f.Run != "" || f.LastRun != "" }

// Args checks that a command gets its REF as an argument or by a flag, and
// after it between least and most further arguments; most < 0 is any number.
func (f *RefFlags) Args(least, most int, rest string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		count := len(args)
		if f.given() {
			count++
		}
		switch {
		case f.Run != "" && f.LastRun != "":
			return app.Usagef("--run and --last-run name two storages; one is needed")
		case count == 0:
			return app.Usagef("which storage? Give its ID or name, --run or --last-run")
		case count-1 < least:
			return app.Usagef("%s is missing", rest)
		case most >= 0 && count-1 > most:
			return app.Usagef("too many arguments: %q", args[len(args)-(count-1-most):])
		}
		return nil
	}
}

// ArgsOr checks that storages are given, as arguments or by a flag, or selected.
// Beside a flag that selects, --run selects too: what the run made.
func (f *RefFlags) ArgsOr(selection *Selection) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if !selection.Given() {
			return f.Args(0, -1, "")(command, args)
		}
		selection.Run, f.Run = f.Run, ""
		if len(args) > 0 || f.given() {
			return app.Usagef("storages are given or selected, not both")
		}
		return selection.Check()
	}
}

// Take resolves the REF, from the flags or from the first argument, and
// returns the arguments behind it.
func (f RefFlags) Take(kind api.Kind, args []string) (api.Ref, []string, error) {
	switch {
	case f.Run != "":
		ref, err := api.RunRef(kind, f.Run)
		return ref, args, err
	case f.LastRun != "":
		ref, err := api.LastRunRef(kind, f.LastRun)
		return ref, args, err
	}
	ref, err := api.ParseRef(kind, args[0])
	return ref, args[1:], err
}

// All resolves any number of REFs.
func (f RefFlags) All(kind api.Kind, args []string) ([]api.Ref, error) {
	if f.given() {
		ref, rest, err := f.Take(kind, args)
		if err != nil {
			return nil, err
		}
		if len(rest) > 0 {
			return nil, app.Usagef("a run and %q name two storages", rest[0])
		}
		return []api.Ref{ref}, nil
	}
	refs := make([]api.Ref, len(args))
	for i, arg := range args {
		ref, err := api.ParseRef(kind, arg)
		if err != nil {
			return nil, err
		}
		refs[i] = ref
	}
	return refs, nil
}
