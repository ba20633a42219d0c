package storage

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/apifyctl/apifyctl/cmd/verb"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/storages"
)

// Exports is an export of one storage or of any number, each to a place of its own.
type Exports[T any] struct {
	*verb.Scope
	Resource Resource[T]
	To       destination.Destination
	Folders  bool // a storage becomes a folder, where its path is not that of an archive

	// Exporter is called once, with the progress that all share, and returns what
	// exports one storage. That is called by several goroutines.
	Exporter func(*output.Progress) func(context.Context, destination.Target) (storages.Sum, error)
}

// Run exports them, and says what was exported.
func (s Exports[T]) Run(ctx context.Context) error {
	if s.Several() || s.Only != nil && s.To.Many() {
		return s.several(ctx)
	}
	t := destination.Target{Ref: s.Ref, Path: s.To.Path()}
	if s.To.Many() {
		var err error
		if t, err = s.Resource.Target(ctx, s.Scope); err != nil {
			return err
		}
		targets := []destination.Target{t}
		if err := s.To.Place(targets); err != nil {
			return err
		}
		t = targets[0]
	}
	if kept, err := s.kept(ctx, t.Path); err != nil || kept {
		return err
	}
	return s.only(ctx, t)
}

func (s Exports[T]) only(ctx context.Context, t destination.Target) error {
	progress := s.App.StartProgress(t.Ref.String(), s.Resource.Many, 0)
	defer progress.Done()
	if t.Path == "" && s.App.Streams.OutTerminal {
		progress.Done() // the output is all there is to see
	}
	start := time.Now()
	sum, err := s.Exporter(progress)(ctx, t)
	progress.Done()
	if _, partial := errors.AsType[*failure.PartialError](err); t.Path != "" && (err == nil || partial) {
		s.App.Streams.Notef("%s: %s", s.summary(sum, start), t.Path)
	}
	return err
}

func (s Exports[T]) summary(sum storages.Sum, start time.Time) string {
	summary := sum.Tell(s.Resource.One, s.Resource.Many) + ", " + time.Since(start).Round(10*time.Millisecond).String()
	if sum.Skipped > 0 {
		summary += ", " + output.Count(sum.Skipped) + " were there already"
	}
	return summary
}

// kept tells that --no-clobber leaves what is at a path as it is.
func (s Exports[T]) kept(ctx context.Context, path string) (bool, error) {
	if entries, err := os.ReadDir(path); s.Folders && s.Print.NoClobber && err == nil && len(entries) > 0 {
		s.App.Streams.Notef("%s is there already, and stays", path)
		return true, nil
	}
	return s.App.Kept(ctx, s.Print, path)
}

// several exports any number. One that fails does not stop the others; the failures
// are told at the end. That of the only storage is the error.
func (s Exports[T]) several(ctx context.Context) error {
	targets, outcome, err := s.Resource.Targets(ctx, s.Scope)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		if err := outcome.Err(); err != nil {
			return err
		}
		s.App.Streams.Notef("no %s matches; nothing is exported", s.Resource.Kind)
		return nil
	}
	if err := s.To.Place(targets); err != nil {
		return err
	}
	if targets = mine(s.Scope, targets); len(targets) == 0 {
		s.App.Streams.Notef("no %s that matches falls to this shard", s.Resource.Kind)
		return outcome.Err()
	}
	if targets, err = s.withoutKept(ctx, targets); err != nil {
		return err
	}
	start := time.Now()
	done := s.exportAll(ctx, targets, outcome)
	if err := ctx.Err(); err != nil {
		return err
	}
	s.App.Streams.Notef("%s, %s", s.plural(outcome.Total()-outcome.Failed()), s.summary(done, start))
	return outcome.Err()
}

// mine are the targets that are this process's part. All of them have got their
// places before: two workers never choose the same one.
func mine(s *verb.Scope, targets []destination.Target) []destination.Target {
	if s.Only == nil {
		return targets
	}
	return slices.DeleteFunc(targets, func(t destination.Target) bool { return !s.Only(t.ID) })
}

// withoutKept leaves out what --no-clobber leaves as it is.
func (s Exports[T]) withoutKept(ctx context.Context, targets []destination.Target) (left []destination.Target, err error) {
	for _, t := range targets {
		kept, err := s.kept(ctx, t.Path)
		if err != nil {
			return nil, err
		}
		if !kept {
			left = append(left, t)
		}
	}
	return left, nil
}

func (s Exports[T]) plural(n int) string {
	return output.Plural(int64(n), s.Resource.Kind.String(), s.Resource.Plural())
}

func (s Exports[T]) exportAll(ctx context.Context, targets []destination.Target, outcome *failure.Outcome) (total storages.Sum) {
	progress := s.App.StartProgress(s.plural(len(targets)), s.Resource.Many, 0)
	defer progress.Done()
	export := s.Exporter(progress)
	failures, sums := make([]error, len(targets)), make([]storages.Sum, len(targets))
	storages.EachOf(ctx, targets, s.Resource.Count != nil, func(i int) { sums[i], failures[i] = export(ctx, targets[i]) })
	progress.Done()
	for i, sum := range sums {
		if outcome.Note(failures[i]) {
			total.Add(sum)
		}
	}
	return total
}

// Targets are the storages that were named or selected, each once. Those that
// cannot be found are in the outcome.
func (r Resource[T]) Targets(ctx context.Context, s *verb.Scope) ([]destination.Target, *failure.Outcome, error) {
	outcome := &failure.Outcome{Noun: r.Plural(), Tell: s.App.Tell}
	targets, err := r.Type.Targets(ctx, s.Client, s.Selection, s.Refs, outcome)
	return targets, outcome, err
}

// Ordered are the storages that were named, in that order, or selected, in the
// order in which they were made, each once. One that cannot be found is an error.
func (r Resource[T]) Ordered(ctx context.Context, s *verb.Scope) ([]destination.Target, error) {
	return r.Type.Ordered(ctx, s.Client, s.Selection, s.Refs)
}

// Found are the storages that were named or selected, each once. One that cannot be
// found is an error.
func (r Resource[T]) Found(ctx context.Context, s *verb.Scope) ([]*T, error) {
	return r.Once(ctx, s.Client, s.Selection, s.Refs)
}

// Target finds out the name and the ID of the storage that a verb is about.
func (r Resource[T]) Target(ctx context.Context, s *verb.Scope) (destination.Target, error) {
	object, err := r.Collection(s.Client).Get(ctx, s.Ref)
	if err != nil {
		return destination.Target{}, s.Failed(err)
	}
	return r.Type.Target(s.Ref, object), nil
}
