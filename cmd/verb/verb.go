// Package verb builds the commands that do something with storages. What they
// have in common is here: references and selections, output, --dry-run,
// completion, and what is checked before the first request.
package verb

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// Verb is a command on storages of one kind.
type Verb struct {
	Use, Short, Long, Example string
	Aliases                   []string
	Hidden                    bool // it spares users of another program a lookup

	Kind  Kind
	Takes Takes
	// Ahead is the argument in front of the references of Many; "" where there is
	// none. It may depend on flags.
	Ahead func() string
	// Instead tells, of a verb that takes Many, that flags say otherwise what it is
	// about: then nothing may be named or selected.
	Instead func() bool
	Rest    Rest // the arguments behind the reference
	Prints  Prints
	// RowType is what the rows that it prints as JSON are written from: a value that
	// rowschema.Of takes.
	RowType any
	Output  string // help of --output, where it can be more than a file
	// DryRun is what --dry-run shows, such as "what would be deleted"; "": there
	// is no such flag.
	DryRun string
	// Asks says that the verb confirms what it does to storages, or to what the
	// arguments name: where there is nobody to ask, --yes is needed before the
	// first request. A selection may turn out to be empty, and is looked up first.
	Asks bool
	// Creates says that a local directory need not exist yet.
	Creates bool
	// NoAccount says that the verb needs neither an account nor a directory: there
	// is no client.
	NoAccount bool

	// The verb's own flags, in the groups in which help shows them.
	What, Look, Where, How func(*pflag.FlagSet)

	// Values are those that flags can have, for completion.
	Values map[string][]string
	// Fields are the flags whose values are fields of items.
	Fields []string
	// Lists are flags whose values are things in the storage, as Complete has them.
	Lists map[string]func(ctx context.Context, s *Scope, typed string) []string
	// Row is one row of the output, for the completion of --columns; nil where there
	// is none.
	Row func(context.Context, *Scope) (json.RawMessage, error)

	// Make makes the storage that the reference names, where there is none; with
	// it the verb has a flag --create.
	Make func(context.Context, *Scope) error

	// Check finds what cannot be right before the first request; there is no
	// client yet.
	Check func(*Scope) error
	Run   func(context.Context, *Scope) error
	// Alone, where it is set, runs on a terminal when there are neither
	// arguments nor flags.
	Alone func(context.Context) error
	// Complete offers values for an argument behind the reference; nil: files.
	Complete func(ctx context.Context, s *Scope, typed string) []string
}

// Takes says how storages are named on the command line.
type Takes int

// The ways to name storages.
const (
	None     Takes = iota // the verb is about no certain storage
	One                   // one reference, or a run's
	Many                  // any number of references, or a selection
	Selected              // a selection alone
)

// Rest is how many arguments there may be behind the reference.
type Rest struct {
	Least, Most int    // Most < 0: any number
	Name        string // what is missing where there are too few
	Empty       bool   // one may be empty
}

// Prints says what output a verb has.
type Prints int

// The kinds of output.
const (
	Nothing Prints = iota // notes alone
	Rows                  // facts or rows, by way of the Scope's Printer
	Files                 // --format and --output; the verb makes the printers
)

// Kind is what a verb has to know of the kind of storage.
type Kind struct {
	api.Kind
	// Offers yields the storages to choose from, the newest first.
	Offers func(ctx context.Context, client *api.Client, yield func(Offer) bool) error
}

// Offer is a storage to choose.
type Offer struct{ ID, Name, Facts string }

// Command builds it.
func (v Verb) Command(a *app.App) *cobra.Command {
	b := &built{Verb: v, scope: &Scope{App: a, kind: v.Kind.Kind}}
	command := &cobra.Command{
		Use: v.Use, Aliases: v.Aliases, Short: v.Short, Long: v.Long, Example: v.Example,
		Hidden: v.Hidden, Args: b.args, RunE: b.run, ValidArgsFunction: b.complete,
	}
	b.scope.flags = command.Flags()
	b.addFlags(command.Flags())
	b.completeFlags(command)
	if v.RowType != nil {
		a.Prints(command, v.RowType)
	}
	return command
}

// Named tells whether the command line calls it so.
func (v Verb) Named(name string) bool {
	own, _, _ := strings.Cut(v.Use, " ")
	return name == own || slices.Contains(v.Aliases, name)
}

// built is a verb with the values of its flags.
type built struct {
	Verb
	scope *Scope
	refs  refFlags
}

func (b *built) addFlags(flags *pflag.FlagSet) {
	s := b.scope
	group(flags, GroupWhich, func(flags *pflag.FlagSet) {
		switch b.Takes {
		case One:
			b.refs.add(flags, "the default storage of this run")
		case Many:
			b.refs.add(flags, "the default storage of this run; with a flag that selects, only those that this run made")
			addSelection(flags, &s.Selection)
		case Selected:
			addSelection(flags, &s.Selection)
			flags.StringVar(&s.Selection.Run, "run", "", "only those that this run made, named or unnamed")
		case None:
		}
	})
	group(flags, GroupWhat, b.What)
	group(flags, GroupLook, b.Look)
	group(flags, GroupWhere, b.Where)
	if b.Prints != Nothing {
		group(flags, GroupWhere, s.Print.AddOutput)
		if b.Output != "" {
			flags.Lookup("output").Usage = b.Output
		}
		group(flags, GroupLook, s.Print.AddFormat)
	}
	if b.Prints == Rows {
		group(flags, GroupLook, s.Print.AddShape)
	}
	if b.Prints != Nothing {
		addJSON(flags, &s.json)
	}
	group(flags, GroupHow, b.How)
	if b.Make != nil {
		group(flags, GroupHow, func(flags *pflag.FlagSet) {
			flags.BoolVar(&s.make, "create", false, "create the "+b.Kind.String()+" if it does not exist")
		})
	}
	if b.DryRun != "" {
		group(flags, GroupHow, func(flags *pflag.FlagSet) {
			flags.BoolVar(&s.DryRun, "dry-run", false, "show "+b.DryRun+", and stop")
		})
	}
}

// addJSON registers --json, as the official CLI spells --format json, unless the
// verb has a flag of that name.
func addJSON(flags *pflag.FlagSet, value *bool) {
	if flags.Lookup("json") == nil {
		flags.BoolVar(value, "json", false, "as --format json")
		flags.Lookup("json").Hidden = true
	}
}

func (b *built) run(command *cobra.Command, args []string) error {
	ctx, s := command.Context(), b.scope
	if b.alone(command, args) {
		return b.Alone(ctx)
	}
	if s.json && s.Print.Format == "" {
		s.Print.Format = "json"
	}
	if err := b.resolve(ctx, args); err != nil {
		return err
	}
	if kept, err := s.App.Kept(ctx, s.Print, s.Print.Output); err != nil || kept {
		return err
	}
	if b.Asks && !s.DryRun && b.certain() {
		if err := s.App.CanConfirm(); err != nil {
			return err
		}
	}
	var err error
	if b.Prints == Rows {
		if s.Printer, err = s.App.Printer(s.Print); err != nil {
			return err
		}
	}
	if b.NoAccount {
		return b.Run(ctx, s)
	}
	if s.Client, err = b.client(); err != nil {
		return err
	}
	if b.refs.Alias != "" {
		if s.Ref, err = storages.Aliased(ctx, s.Client, b.Kind.Kind, b.refs.Run, b.refs.LastRun, b.refs.Alias); err != nil {
			return err
		}
		if len(s.Refs) > 0 {
			s.Refs[0] = s.Ref
		}
	}
	if s.make {
		if err := b.Make(ctx, s); err != nil {
			return err
		}
	}
	return b.Run(ctx, s)
}

// resolve reads and checks the command line, and has a person choose the storage
// that it lacks.
func (b *built) resolve(ctx context.Context, args []string) error {
	left := b.left(args)
	if left {
		b.scope.Args = args
	} else if err := b.take(args); err != nil {
		return err
	}
	if b.Check != nil {
		if err := b.Check(b.scope); err != nil {
			return err
		}
	}
	if !left {
		return nil
	}
	id, err := b.choose(ctx)
	if err != nil {
		return err
	}
	return b.take(append(args, id))
}

// certain tells that something is named, not selected.
func (b *built) certain() bool {
	return len(b.scope.Refs) > 0 || b.Takes == One && len(b.scope.Args) > 0
}

func (b *built) client() (*api.Client, error) {
	if b.Creates || b.scope.make {
		return b.scope.App.ClientForCreate()
	}
	return b.scope.App.Client()
}

// take reads the references.
func (b *built) take(args []string) (err error) {
	s, parse := b.scope, api.ParseRef
	if s.App.IsLocal() {
		parse = api.ParseLocalRef
	}
	switch b.Takes {
	case One:
		s.FromRun = b.refs.Run
		s.Ref, s.Args, err = b.refs.take(b.Kind.Kind, args, parse)
	case Many:
		s.FromRun = b.refs.Run
		s.Args, args = args[:b.ahead()], args[b.ahead():]
		if s.Refs, err = b.refs.all(b.Kind.Kind, args, parse); err == nil && len(s.Refs) > 0 {
			s.Ref = s.Refs[0]
		}
	case Selected:
		err = s.Selection.Check()
		s.Args = args
	case None:
		s.Args = args
	}
	if err == nil && !b.Rest.Empty && slices.Contains(s.Args, "") {
		err = failure.WithHint(failure.Usagef("one of the arguments is empty"), "a variable that is not set makes one")
	}
	return err
}
