// Package copycmd is the command that copies a storage to another one.
package copycmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

type options struct {
	kind              string
	resume, appending bool
}

// Command is `apifyctl copy`.
func Command(a *app.App) *cobra.Command {
	var o options
	command := &cobra.Command{
		Use:   "copy SRC DST",
		Short: "Copy a storage to another account, to a directory, or back",
		Long: `Copy a dataset, a key-value store or a request queue to another one. Either side
is

  REF             in the account or directory that other commands work on
  cloud:REF       in the cloud, whatever directory the environment names
  local:DIR/REF   in a local storage directory
  PROFILE:REF     in the account, or directory, of a profile

The kind of storage is looked up at the source. If a name is used for several
kinds, --kind says which, or in a directory the folder's own name, as in
local:storage/key_value_stores/default.

Items keep their order, records their media types, requests their order, state,
retry counts and user data; locks are not copied. A missing destination is
created. One that is not empty is written to only with --append, which adds to
it, or with --resume, which continues an interrupted copy. Counts are compared
at the end, and nothing is deleted at the source.`,
		Example: `  apifyctl copy products local:backup/products
  apifyctl copy local:storage/products local:other/shoes
  apifyctl copy --kind queues crawl local:other/crawl`,
		Args: verb.Args(2, "SRC", "DST"),
		ValidArgsFunction: func(command *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return completer{a, o.kind}.complete(command, args, typed)
		},
		RunE: func(command *cobra.Command, args []string) error {
			return run(command.Context(), a, args[0], args[1], o)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.kind, "kind", "", "the kind of storage: "+strings.Join(transfer.KindNames(), ", "))
	flags.BoolVar(&o.resume, "resume", false, "continue an interrupted copy")
	flags.BoolVar(&o.appending, "append", false, "add to a destination that holds something")
	_ = command.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(transfer.KindNames(), cobra.ShellCompDirectiveNoFileComp)) // fails for an unknown flag only
	return command
}

func run(ctx context.Context, a *app.App, from, to string, o options) error {
	if o.resume && o.appending {
		return failure.Usagef("--resume and --append contradict each other")
	}
	source, err := transfer.ParseEnd(from)
	if err != nil {
		return err
	}
	destination, err := transfer.ParseEnd(to)
	if err != nil {
		return err
	}
	kinds, err := transfer.PossibleKinds(o.kind, source, destination)
	if err != nil {
		return err
	}
	here, missing := open(a, source, false)
	there, err := open(a, destination, true)
	if err := errors.Join(missing, err); err != nil {
		return err
	}
	kind, err := transfer.FindKind(ctx, source, kinds, func(e transfer.End) transfer.Side { return side(here, e) })
	if err != nil {
		return err
	}
	if source, err = source.Of(kind.Kind); err != nil {
		return err
	}
	if destination, err = destination.Of(kind.Kind); err != nil {
		return err
	}
	start := time.Now()
	job := transfer.Copy{
		Kind: kind, Source: side(here, source), Destination: side(there, destination), Resume: o.resume, Append: o.appending,
		Progress: a.StartProgress("copy", kind.Many, 0), Tell: a.Tell,
	}
	done, err := job.Run(ctx)
	job.Progress.Done()
	if err != nil {
		return err
	}
	a.Streams.Notef("copied %s to %q in %s; it holds %s", output.Plural(done.Copied, kind.One, kind.Many), to,
		time.Since(start).Round(time.Millisecond), output.Plural(done.Holds, kind.One, kind.Many))
	return nil
}

// open opens the account or the directory of an end. A directory that is written to
// need not exist.
func open(a *app.App, e transfer.End, write bool) (app.Place, error) {
	switch e.Place {
	case "local":
		return a.Directory(e.Dir, write)
	case "cloud":
		return a.Account("", write)
	case "":
		return a.Default(write)
	}
	place, err := a.Account(e.Place, write)
	if err != nil {
		err = fmt.Errorf("%q: %w", e.Text, err)
	}
	return place, err
}

// side is the end of a copy that is in a place.
func side(p app.Place, e transfer.End) transfer.Side {
	return transfer.Side{Text: e.Text, Client: p.Client, Where: p.Where, Local: p.Local, Ref: e.Ref, Recover: p.Recover}
}
