package storage

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/output"
)

// AtOnce is how many storages are exported at the same time.
const AtOnce = 4

// Several is an export of any number of storages, each to a place of its own.
type Several[T any] struct {
	Resource  Resource[T]
	App       *app.App
	Client    *api.Client
	Refs      []api.Ref
	Selection Selection // instead of Refs
	To        Destination

	// One and Many are what a storage holds: "item" and "items".
	One, Many string
	// Exporter is called once, with the progress that all share, and returns what
	// exports one storage. That is called by several goroutines.
	Exporter func(*output.Progress) func(context.Context, Target) (Sum, error)
}

// Sum is what was exported.
type Sum struct{ Units, Bytes int64 }

// Run exports them. One that fails does not stop the others; the failures are told
// at the end. That of the only storage that was named is the error.
func (s Several[T]) Run(ctx context.Context) error {
	targets, failures, err := s.targets(ctx)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		s.App.Streams.Notef("no %s matches; nothing is exported", s.Resource.Kind)
		return nil
	}
	if !s.Selection.Given() && len(targets) == 1 && failures[0] != nil {
		return failures[0]
	}
	var found []Target
	for i, t := range targets {
		if failures[i] == nil {
			found = append(found, t)
		}
	}
	missing := len(targets) - len(found)
	found = once(found)
	if err := s.To.Place(found); err != nil {
		return err
	}
	start := time.Now()
	done, exported := s.exportAll(ctx, found)
	if err := ctx.Err(); err != nil {
		return err
	}
	failed := 0
	for _, err := range append(failures, exported...) {
		if err != nil {
			failed++
			s.App.Streams.Warnf("%v", err)
			if hint := app.Hint(err); hint != "" {
				s.App.Streams.Notef("hint: %s", hint)
			}
		}
	}
	asked := len(found) + missing
	s.App.Streams.Notef("%s, %s, %s, %s", s.plural(asked-failed),
		output.Plural(done.Units, s.One, s.Many), output.Bytes(done.Bytes), time.Since(start).Round(10*time.Millisecond))
	if failed > 0 {
		return &app.PartialError{Failed: failed, Total: asked, Noun: s.Resource.Kind.String() + "s"}
	}
	return nil
}

func (s Several[T]) plural(n int) string {
	return output.Plural(int64(n), s.Resource.Kind.String(), s.Resource.Kind.String()+"s")
}

func (s Several[T]) exportAll(ctx context.Context, targets []Target) (Sum, []error) {
	progress := s.App.StartProgress(s.plural(len(targets)), s.Many, 0)
	defer progress.Done()
	export := s.Exporter(progress)
	failures := make([]error, len(targets))
	sums := make([]Sum, len(targets))
	var group errgroup.Group
	group.SetLimit(AtOnce)
	for i, t := range targets {
		group.Go(func() error {
			sums[i], failures[i] = export(ctx, t)
			return nil
		})
	}
	_ = group.Wait() // the failures are kept above
	var total Sum
	for i, sum := range sums {
		if failures[i] == nil {
			total.Units += sum.Units
			total.Bytes += sum.Bytes
		}
	}
	return total, failures
}

// targets are the storages that were named or selected. The failures are those
// of single storages.
func (s Several[T]) targets(ctx context.Context) ([]Target, []error, error) {
	if !s.Selection.Given() {
		targets, failures := s.Resource.Look(ctx, s.Client, s.Refs)
		return targets, failures, ctx.Err()
	}
	var targets []Target
	for object, err := range s.Resource.Select(ctx, s.Client, s.Selection, false) {
		if err != nil {
			return nil, nil, err
		}
		facts := s.Resource.Facts(object)
		ref, err := api.ParseRef(s.Resource.Kind, facts.ID)
		if err != nil {
			return nil, nil, fmt.Errorf("the ID of a listed %s: %w", s.Resource.Kind, err)
		}
		targets = append(targets, Target{Ref: ref, Label: cmp.Or(facts.Name, facts.ID), Name: facts.Name, ID: facts.ID})
	}
	return targets, make([]error, len(targets)), nil
}

// Look finds out the names and IDs of storages.
func (r Resource[T]) Look(ctx context.Context, client *api.Client, refs []api.Ref) ([]Target, []error) {
	targets, failures := make([]Target, len(refs)), make([]error, len(refs))
	var group errgroup.Group
	group.SetLimit(AtOnce)
	for i, ref := range refs {
		group.Go(func() error {
			targets[i].Ref = ref
			object, err := r.Collection(client).Get(ctx, ref)
			if err == nil {
				facts := r.Facts(object)
				targets[i].Name, targets[i].ID = facts.Name, facts.ID
			}
			failures[i] = r.failed(ref, err)
			return nil
		})
	}
	_ = group.Wait() // the failures are kept above
	return targets, failures
}
