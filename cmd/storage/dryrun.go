package storage

import (
	"context"
	"fmt"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
)

// DryRunExports is what --dry-run of an export shows.
const DryRunExports = "which files or objects would be written"

// ShowTargets prints where an export would write to, a line each, without writing
// there.
func (r Resource[T]) ShowTargets(ctx context.Context, s *verb.Scope, to destination.Destination) error {
	if to.Path() == "" {
		return failure.Usagef("--dry-run shows which files would be written, and --output names none")
	}
	targets, err := r.wouldBe(ctx, s, to)
	if err != nil {
		return err
	}
	for _, t := range targets {
		if err := ShowTarget(ctx, s, t.Path); err != nil {
			return err
		}
	}
	return nil
}

// ShowTarget prints a path, unless what is there stays.
func ShowTarget(ctx context.Context, s *verb.Scope, path string) error {
	kept, err := s.App.Kept(ctx, s.Print, path)
	if err != nil || kept {
		return err
	}
	_, err = fmt.Fprintln(s.App.Streams.Out, output.Safe(path))
	return err
}

// wouldBe are the storages, each with its place.
func (r Resource[T]) wouldBe(ctx context.Context, s *verb.Scope, to destination.Destination) ([]destination.Target, error) {
	if !s.Several() {
		target, err := r.Target(ctx, s)
		target.Path = to.Path()
		targets := []destination.Target{target}
		if err == nil && to.Many() {
			err = to.Assign(targets)
		}
		return targets, err
	}
	targets, outcome, err := r.Targets(ctx, s)
	if err == nil {
		err = outcome.Err()
	}
	if err == nil {
		err = to.Assign(targets)
	}
	return mine(s, targets), err
}
