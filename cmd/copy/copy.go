// Package copycmd is the command that copies a storage to another one.
package copycmd

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
)

// gcPercent keeps the peak of memory low.
const gcPercent = 25

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

What kind of storage is meant is looked up at the source. Where a name is used
for several kinds, say it with --kind, or for a directory with the folder's own
name, as in local:storage/key_value_stores/default.

Items keep their order, records their media types, requests their order, state,
retry counts and user data; locks are not copied. A destination that is missing
is made. One that holds something is written to only with --append, which adds
to what is there, or --resume, which goes on with a copy that was interrupted.
Numbers are compared at the end, and nothing is deleted at the source.`,
		Example: `  apifyctl copy shoes local:storage/shoes
  apifyctl copy local:storage/shoes work:shoes
  apifyctl copy --kind queues local:storage/default cloud:pages`,
		Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			return run(command.Context(), a, args[0], args[1], o)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.kind, "kind", "", "the kind of storage: "+strings.Join(kindNames(), ", "))
	flags.BoolVar(&o.resume, "resume", false, "go on with a copy that was interrupted")
	flags.BoolVar(&o.appending, "append", false, "add to a destination that holds something")
	_ = command.RegisterFlagCompletionFunc("kind", cobra.FixedCompletions(kindNames(), cobra.ShellCompDirectiveNoFileComp)) // fails for an unknown flag only
	return command
}

// carrier is how the storages of one kind are copied.
type carrier interface {
	// find returns a storage; what it holds may be behind what was just written,
	// or not be known.
	find(ctx context.Context, s side) (facts, error)
	create(ctx context.Context, s side, name string) (facts, error)
	// count is how much a storage holds.
	count(ctx context.Context, s side, f facts) (int64, error)
	// begins tells whether what the destination holds can be the part of the
	// source that an interrupted copy left. It need not look at everything.
	begins(ctx context.Context, j *job) (bool, error)
	// transfer copies, and returns how much the destination holds then. A job's
	// copied is right also after an error.
	transfer(ctx context.Context, j *job) (holds int64, err error)
}

type facts struct {
	id    string
	holds int64 // items or requests; 0 for records
}

// job is one copy.
type job struct {
	app                 *app.App
	kind                kind
	source, destination side
	resume, appending   bool
	total               int64 // what the source says that it holds
	there               int64 // what the destination held before
	copied              int64
	progress            *output.Progress
}

func run(ctx context.Context, a *app.App, from, to string, o options) error {
	if o.resume && o.appending {
		return app.Usagef("--resume and --append contradict each other")
	}
	source, err := parseSide(from)
	if err != nil {
		return err
	}
	destination, err := parseSide(to)
	if err != nil {
		return err
	}
	kinds, err := possibleKinds(o.kind, source, destination)
	if err != nil {
		return err
	}
	if err := errors.Join(source.connect(a, false), destination.connect(a, true)); err != nil {
		return err
	}
	j := &job{app: a, resume: o.resume, appending: o.appending}
	if j.kind, err = findKind(ctx, source, kinds); err != nil {
		return err
	}
	if j.source, err = source.of(j.kind.Kind); err != nil {
		return err
	}
	if j.destination, err = destination.of(j.kind.Kind); err != nil {
		return err
	}
	return j.run(ctx)
}

func (j *job) run(ctx context.Context) error {
	origin, err := j.kind.find(ctx, j.source)
	if err != nil {
		return j.failed(j.source, err)
	}
	j.total = origin.holds
	if err := j.destination.Recover(ctx); err != nil {
		return j.failed(j.destination, err)
	}
	target, err := j.open(ctx)
	if err != nil {
		return j.failed(j.destination, err)
	}
	if origin.id == target.id && j.source.Where == j.destination.Where {
		return app.Usagef("%q and %q are the same %s", j.source.text, j.destination.text, j.kind)
	}
	if j.there, err = j.kind.count(ctx, j.destination, target); err != nil {
		return j.failed(j.destination, err)
	}
	if j.there > 0 {
		if err := j.mayWrite(ctx); err != nil {
			return err
		}
	}
	start := time.Now()
	j.progress = j.app.StartProgress("copy", j.kind.many, j.total)
	// What fills memory are a few large pages without pointers.
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	holds, err := j.kind.transfer(ctx, j)
	j.progress.Done()
	if err != nil {
		return j.stopped(err)
	}
	if err := j.verify(ctx, target, holds); err != nil {
		return err
	}
	j.app.Streams.Notef("copied %s to %q in %s; it holds %s", j.amount(j.copied), j.destination.text,
		time.Since(start).Round(time.Millisecond), j.amount(holds))
	return nil
}

// stopped says how far the copy came, and how it can go on.
func (j *job) stopped(err error) error {
	hint := app.Hint(err)
	begun := j.copied > 0 || errors.Is(err, api.ErrOutcomeUnknown)
	if hint == "" && !j.appending && begun {
		hint = "--resume goes on where it ended"
	}
	err = fmt.Errorf("after %s: %w", j.amount(j.copied), err)
	if hint == "" {
		return err
	}
	return app.WithHint(err, hint)
}

// mayWrite guards a destination that holds something.
func (j *job) mayWrite(ctx context.Context) error {
	if !j.resume && !j.appending {
		return app.WithHint(app.Usagef("%s %q holds %s already", j.kind, j.destination.text, j.amount(j.there)),
			"--append adds to them, --resume goes on with an interrupted copy")
	}
	if j.appending {
		return nil
	}
	switch begins, err := j.kind.begins(ctx, j); {
	case err != nil:
		return err
	case !begins:
		return app.Usagef("what %q holds is not the beginning of %q", j.destination.text, j.source.text)
	}
	return nil
}

func (j *job) amount(n int64) string { return output.Plural(n, j.kind.one, j.kind.many) }

// failed says which side an error is about.
func (j *job) failed(s side, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %q: %w", j.kind, s.text, err)
}

// open returns the destination, made now where there is none of that name.
func (j *job) open(ctx context.Context) (facts, error) {
	found, err := j.kind.find(ctx, j.destination)
	if !api.IsNotFound(err) || j.destination.name() == "" {
		return found, err
	}
	return j.kind.create(ctx, j.destination, j.destination.name())
}

// patience is how long a count may be behind what was written, in tries a second
// apart.
const patience = 15

// verify compares how much the destination holds with what it should.
func (j *job) verify(ctx context.Context, target facts, want int64) error {
	for try := 1; ; try++ {
		holds, err := j.holds(ctx, target)
		if err != nil {
			return j.failed(j.destination, err)
		}
		if holds == want {
			return nil
		}
		if holds > want || try == patience {
			return fmt.Errorf("%s %q holds %d %s after the copy, not %d", j.kind, j.destination.text, holds, j.kind.many, want)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (j *job) holds(ctx context.Context, target facts) (int64, error) {
	now, err := j.kind.find(ctx, j.destination)
	if err != nil {
		return 0, err
	}
	if now.id != target.id {
		return 0, errors.New("it was replaced by another one meanwhile")
	}
	return j.kind.count(ctx, j.destination, now)
}
