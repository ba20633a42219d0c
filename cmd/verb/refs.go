package verb

import (
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// refFlags name a storage by the run that it belongs to.
type refFlags struct{ Run, LastRun, Alias string }

func (f *refFlags) add(flags *pflag.FlagSet, run string) {
	flags.StringVar(&f.Run, "run", "", run)
	flags.StringVar(&f.LastRun, "last-run", "", "the default storage of this Actor's last run")
	flags.StringVar(&f.Alias, "alias", "", "with --run or --last-run: the run's storage of this alias, instead of the default one")
}

// checkGiven refuses flags that name or select storages and are empty, as one that
// a variable without a value makes: the others would select more than was meant.
func checkGiven(flags *pflag.FlagSet) error {
	for _, name := range []string{"run", "last-run", "actor", "name"} {
		if flag := flags.Lookup(name); flag != nil && flag.Changed && flag.Value.String() == "" {
			return failure.WithHint(failure.Usagef("--%s is empty", name), "a variable that is not set makes it so")
		}
	}
	return nil
}

func (f *refFlags) given() bool { return f.Run != "" || f.LastRun != "" }

// check checks that a command gets its REF as an argument or by a flag, and
// after it as many further arguments as it wants.
func (f *refFlags) check(args []string, rest Rest) error {
	switch {
	case f.Run != "" && f.LastRun != "":
		return failure.Usagef("--run and --last-run name two storages; one is needed")
	case f.given():
		return rest.check(args)
	case f.Alias != "":
		return failure.Usagef("--alias goes with --run or --last-run")
	case len(args) == 0:
		return failure.Usagef("which storage? Give its ID or name, --run or --last-run")
	}
	return rest.check(args[1:])
}

// checkOr checks that storages are given, as arguments or by a flag, or selected.
// Beside a flag that selects, --run selects too: what the run made.
func (f *refFlags) checkOr(args []string, selection *storages.Selection) error {
	if !selection.Given() {
		return f.check(args, Rest{Most: -1})
	}
	selection.Run, f.Run = f.Run, ""
	if f.Alias != "" {
		return failure.Usagef("--alias goes with --run or --last-run, not with flags that select")
	}
	if len(args) > 0 || f.given() {
		return failure.Usagef("storages are given or selected, not both")
	}
	return selection.Check()
}

// checkNone checks that no storage is given or selected.
func (f *refFlags) checkNone(args []string, selection *storages.Selection) error {
	if len(args) > 0 || f.given() || selection.Given() {
		return failure.Usagef("storages are not given or selected here: the plan says which they are")
	}
	return nil
}

// take resolves the REF, from the flags or from the first argument, and
// returns the arguments behind it.
func (f *refFlags) take(kind api.Kind, args []string, parse parser) (api.Ref, []string, error) {
	switch {
	case f.Run != "":
		ref, err := api.RunRef(kind, f.Run)
		return ref, args, err
	case f.LastRun != "":
		ref, err := api.LastRunRef(kind, f.LastRun)
		return ref, args, err
	}
	ref, err := parse(kind, args[0])
	return ref, args[1:], err
}

// parser is api.ParseRef, or on a directory api.ParseLocalRef.
type parser func(kind api.Kind, text string) (api.Ref, error)

// all resolves any number of REFs.
func (f *refFlags) all(kind api.Kind, args []string, parse parser) ([]api.Ref, error) {
	if f.given() {
		ref, rest, err := f.take(kind, args, parse)
		if err != nil {
			return nil, err
		}
		if len(rest) > 0 {
			return nil, failure.Usagef("a run and %q name two storages", rest[0])
		}
		return []api.Ref{ref}, nil
	}
	refs := make([]api.Ref, len(args))
	for i, arg := range args {
		ref, err := parse(kind, arg)
		if err != nil {
			return nil, err
		}
		refs[i] = ref
	}
	return refs, nil
}
