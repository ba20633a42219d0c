package bulk

import (
	"context"
	"errors"
	"fmt"

	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
)

// NewFiles are Files in which new ones can be made.
type NewFiles interface {
	Files
	// CreateNew starts a file that takes no other's place.
	CreateNew(ctx context.Context, path string) (sink.Sink, error)
}

// Save puts the plan where none is. The same plan is there already when the
// command is repeated.
func Save(ctx context.Context, files NewFiles, at string, plan *Plan) error {
	before, err := Open(ctx, files, at)
	switch {
	case err == nil && before.Job == plan.Job:
		return nil
	case err == nil:
		return errOtherPlan(at)
	case !NotDone(err):
		return err
	}
	if _, err := NewJob(files, at, plan).Committed(ctx); err != nil {
		return failure.WithHint(err, "a job needs a folder of its own")
	}
	file, err := files.CreateNew(ctx, at)
	if err != nil {
		return err
	}
	if err := plan.Write(file); err != nil {
		return errors.Join(err, file.Abort())
	}
	if err = file.Commit(); object.Exists.Is(err) {
		return errOtherPlan(at)
	}
	return err
}

func errOtherPlan(at string) error {
	return failure.WithHint(fmt.Errorf("%s is another plan, which may be under way, and stays", at), "give this job a folder of its own; --no-clobber leaves the plan that is there")
}
