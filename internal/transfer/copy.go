// Package transfer moves what storages hold: copies, batches of requests, records
// many at a time, and what an export keeps to go on with.
package transfer

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

// gcPercent keeps the peak of memory low.
const gcPercent = 25

// carrier is how the storages of one kind are copied.
type carrier interface {
	// find returns a storage; what it holds may be behind what was just written,
	// or not be known.
	find(ctx context.Context, s Side) (facts, error)
	create(ctx context.Context, s Side, name string) (facts, error)
	// count is how much a storage holds.
	count(ctx context.Context, s Side, f facts) (int64, error)
	// begins tells whether what the destination holds can be the part of the
	// source that an interrupted copy left. It need not look at everything.
	begins(ctx context.Context, j *Copy) (bool, error)
	// transfer copies, and returns how much the destination holds then. A job's
	// copied is right also after an error.
	transfer(ctx context.Context, j *Copy) (holds int64, err error)
}

type facts struct {
	id    string
	holds int64 // items or requests; 0 for records
}

// Copy is the copy of one storage to another.
type Copy struct {
	Kind                Kind
	Source, Destination Side
	Resume, Append      bool // go on with what is there, or add to it
	Progress            *output.Progress
	Shared              bool // the progress is that of several copies
	Tell                failure.Tell

	total  int64 // what the source says that it holds
	there  int64 // what the destination held before
	copied int64
}

// Side is one end of a copy: a storage, and where it is.
type Side struct {
	Text   string // as a person gave it
	Client *api.Client
	Where  string // the same for the same account or directory
	Local  bool
	Ref    api.Ref
	// Recover undoes what a killed process left half-done there.
	Recover func(context.Context) error
}

// name is the name that a missing destination is made with; "" where the
// reference is to no storage of the account's own.
func (s Side) name() string {
	name := strings.TrimPrefix(s.Ref.String(), "~")
	if api.ValidName(name) != nil {
		return ""
	}
	return name
}

// Copied is what came of a copy.
type Copied struct {
	Copied, Holds int64 // items, records or requests that were copied; that the destination holds
}

// Run copies, and compares at the end how much both hold.
func (j *Copy) Run(ctx context.Context) (Copied, error) {
	holds, err := j.run(ctx)
	return Copied{j.copied, holds}, err
}

func (j *Copy) run(ctx context.Context) (holds int64, err error) {
	origin, err := j.Kind.find(ctx, j.Source)
	if err != nil {
		return 0, j.failed(j.Source, err)
	}
	j.total = origin.holds
	if err := j.Destination.Recover(ctx); err != nil {
		return 0, j.failed(j.Destination, err)
	}
	target, err := j.open(ctx)
	if err != nil {
		return 0, j.failed(j.Destination, err)
	}
	if origin.id == target.id && j.Source.Where == j.Destination.Where {
		return 0, failure.Usagef("%q and %q are the same %s", j.Source.Text, j.Destination.Text, j.Kind)
	}
	if j.there, err = j.Kind.count(ctx, j.Destination, target); err != nil {
		return 0, j.failed(j.Destination, err)
	}
	if j.there > 0 {
		if err := j.mayWrite(ctx); err != nil {
			return 0, err
		}
	}
	j.expect(j.total)
	// What fills memory are a few large pages without pointers.
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	if holds, err = j.Kind.transfer(ctx, j); err != nil {
		return 0, j.stopped(err)
	}
	if err := j.verify(ctx, target, holds); err != nil {
		return holds, fmt.Errorf("copied %s, but comparing failed: %w", j.amount(j.copied), err)
	}
	return holds, nil
}

// expect tells the progress how much there will be.
func (j *Copy) expect(total int64) {
	if !j.Shared {
		j.Progress.SetTotal(total)
	}
}

// Begins tells whether what the destination holds can be the part of the source
// that an interrupted copy left, as Run with Resume requires. Of a dataset the
// last item is compared, of the others the first ones. Nothing at all can be it.
func (j *Copy) Begins(ctx context.Context) (bool, error) {
	origin, err := j.Kind.find(ctx, j.Source)
	if err != nil {
		return false, j.failed(j.Source, err)
	}
	target, err := j.Kind.find(ctx, j.Destination)
	if err == nil {
		j.total = origin.holds
		j.there, err = j.Kind.count(ctx, j.Destination, target)
	}
	if err != nil {
		return false, j.failed(j.Destination, err)
	}
	if j.there == 0 {
		return true, nil
	}
	return j.Kind.begins(ctx, j)
}

// stopped says how far the copy came, and how it can go on.
func (j *Copy) stopped(err error) error {
	hint := failure.Hint(err)
	begun := j.copied > 0 || errors.Is(err, api.ErrOutcomeUnknown)
	if hint == "" && !j.Append && begun {
		hint = "--resume goes on where it ended"
	}
	err = fmt.Errorf("after %s: %w", j.amount(j.copied), err)
	if hint == "" {
		return err
	}
	return failure.WithHint(err, hint)
}

// mayWrite guards a destination that holds something.
func (j *Copy) mayWrite(ctx context.Context) error {
	if !j.Resume && !j.Append {
		return failure.WithHint(failure.Usagef("%s %q holds %s already", j.Kind, j.Destination.Text, j.amount(j.there)),
			"--append adds to them, --resume goes on with an interrupted copy")
	}
	if j.Append {
		return nil
	}
	switch begins, err := j.Kind.begins(ctx, j); {
	case err != nil:
		return err
	case !begins:
		return failure.Usagef("what %q holds is not the beginning of %q", j.Destination.Text, j.Source.Text)
	}
	return nil
}

func (j *Copy) amount(n int64) string { return output.Plural(n, j.Kind.One, j.Kind.Many) }

// failed says which side an error is about.
func (j *Copy) failed(s Side, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %q: %w", j.Kind, s.Text, err)
}

// open returns the destination, made now where there is none of that name.
func (j *Copy) open(ctx context.Context) (facts, error) {
	found, err := j.Kind.find(ctx, j.Destination)
	if !api.IsNotFound(err) || j.Destination.name() == "" {
		return found, err
	}
	return j.Kind.create(ctx, j.Destination, j.Destination.name())
}

// patience is how long a count may be behind what was written, in tries a second
// apart.
const patience = 15

// verify compares how much the destination holds with what it should.
func (j *Copy) verify(ctx context.Context, target facts, want int64) error {
	for try := 1; ; try++ {
		holds, err := j.holds(ctx, target)
		if err != nil {
			return j.failed(j.Destination, err)
		}
		if holds == want {
			return nil
		}
		if holds > want || try == patience {
			return fmt.Errorf("%s %q holds %d %s after the copy, not %d", j.Kind, j.Destination.Text, holds, j.Kind.Many, want)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (j *Copy) holds(ctx context.Context, target facts) (int64, error) {
	now, err := j.Kind.find(ctx, j.Destination)
	if err != nil {
		return 0, err
	}
	if now.id != target.id {
		return 0, errors.New("it was replaced by another one meanwhile")
	}
	return j.Kind.count(ctx, j.Destination, now)
}
