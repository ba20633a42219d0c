// Package backup takes the storages of an account into a storage directory, and
// restores them from there.
//
// In the directory a storage has the ID that it has in the account, so it is
// found again whatever it is called by then. What is known of it besides is a
// note in .apifyctl/backup, see notes; nothing there is needed to read what was
// taken.
package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Job is what a backup, a restore and a check are told.
type Job struct {
	From, To Place
	Dir      string // the backup's, which is one of the two
	Storages []Storage
	// Replace lets a restore put the backup's contents in the place of others.
	Replace bool
	// Prune lets a backup delete what the account no longer has.
	Prune    bool
	Progress *output.Progress
	Tell     failure.Tell
	Note     func(format string, args ...any)

	there        map[api.Kind]*inventory // what To has
	results      failure.Outcome
	saidReadOnly sync.Once
}

// Action is what is done with a storage.
type Action string

// The actions. Those of a dry run are what is done as far as lists tell.
const (
	New       Action = "new"       // it is made
	Update    Action = "update"    // what is there is looked at, and brought up to date
	Unchanged Action = "unchanged" // nothing is done
	Delete    Action = "delete"    // it is deleted
)

// Step is a storage and what is done with it.
type Step struct {
	Storage
	Action Action
	Copied int64 // items, records or requests that were copied
	Err    error

	target  *api.Storage // in the place that is written to; nil: there is none yet
	seen    seen
	note    *note
	filling *api.Storage // what a restore is making for it
}

// atOnce is how many storages are worked on at the same time. Each has requests
// of its own under way.
const atOnce = 4

// Lock keeps other backups and restores of the directory away.
func (j *Job) Lock() (unlock func() error, err error) { return j.kept().lock() }

// kept are the notes in the backup's directory.
func (j *Job) kept() notes { return notes{j.Dir} }

// begin looks at what is there already.
func (j *Job) begin(ctx context.Context) error {
	j.results = failure.Outcome{Noun: "storages", Tell: j.Tell}
	j.there = map[api.Kind]*inventory{}
	for _, kind := range transfer.Kinds() {
		found, err := j.To.look(ctx, kind)
		if err != nil {
			return fmt.Errorf("%ss of %s: %w", kind, j.To.Where, err)
		}
		j.there[kind.Kind] = found
	}
	return nil
}

// Backup plans what a backup does.
func (j *Job) Backup(ctx context.Context) ([]*Step, error) {
	if err := j.begin(ctx); err != nil {
		return nil, err
	}
	var steps []*Step
	for _, each := range j.Storages {
		step := &Step{Storage: each, Action: Update, note: j.kept().taken(each.Kind, each.Facts.ID), target: j.there[each.Kind.Kind].byID[each.Facts.ID]}
		var err error
		if step.seen, err = seenOf(each.Facts); err != nil {
			return nil, fmt.Errorf("%s: %w", each, err)
		}
		switch {
		case step.target == nil:
			step.Action = New
		case step.note.unchanged(step.seen) && step.target.Name == each.Facts.Name && step.target.GeneralAccess == each.Facts.GeneralAccess:
			step.Action = Unchanged
		}
		steps = append(steps, step)
	}
	if !j.Prune {
		return steps, nil
	}
	gone, err := j.gone(ctx)
	return append(steps, gone...), err
}

// gone are the storages that a backup has taken and that the account no longer
// has, whichever were selected now.
func (j *Job) gone(ctx context.Context) ([]*Step, error) {
	var steps []*Step
	for _, kind := range transfer.Kinds() {
		account, err := j.From.look(ctx, kind)
		if err != nil {
			return nil, err
		}
		for id, facts := range j.there[kind.Kind].byID {
			if account.byID[id] == nil && j.kept().taken(kind, id) != nil {
				steps = append(steps, &Step{Storage: Storage{kind, facts}, Action: Delete})
			}
		}
	}
	slices.SortFunc(steps, func(a, b *Step) int { return strings.Compare(a.String(), b.String()) })
	return steps, nil
}

// RunBackup carries out a plan. Each step has its own error; the first is an
// error where it was the only one.
func (j *Job) RunBackup(ctx context.Context, steps []*Step) error {
	if err := j.To.Recover(ctx); err != nil {
		return err
	}
	// Names first, one after the other: storages can have changed theirs among
	// each other.
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		switch step.Action {
		case New, Update:
			step.Err = j.place(ctx, step)
		case Delete:
			step.Err = j.prune(ctx, step)
		case Unchanged:
		}
	}
	return j.all(ctx, steps, j.take)
}

// all does the same with the contents of every storage that has a place. What
// will befall all the others too ends the work.
func (j *Job) all(ctx context.Context, steps []*Step, work func(context.Context, *Step) error) error {
	underway, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	transfer.Each(len(steps), atOnce, func(i int) {
		step := steps[i]
		if step.Err != nil || step.Action != New && step.Action != Update {
			return
		}
		if step.Err = underway.Err(); step.Err == nil {
			step.Err = work(underway, step)
		}
		if befallsAll(step.Err) {
			stop(fmt.Errorf("%s: %w", step, step.Err))
		}
	})
	if err := cmp.Or(ctx.Err(), context.Cause(underway)); err != nil {
		return failure.WithHint(err, "the same command goes on where it ended")
	}
	for _, step := range steps {
		if step.Err != nil {
			step.Err = fmt.Errorf("%s: %w", step, step.Err)
		}
		j.results.Note(step.Err)
	}
	return j.results.Err()
}

func befallsAll(err error) bool {
	_, unreachable := errors.AsType[*api.UnreachableError](err)
	return unreachable || api.IsUnauthorized(err) || errors.Is(err, syscall.ENOSPC)
}

// place sees to it that the directory has the storage, with its ID, name and
// access level.
func (j *Job) place(ctx context.Context, step *Step) error {
	wanted, there, all := step.Facts, j.there[step.Kind.Kind], j.To.storages(step.Kind)
	if step.target == nil && step.note != nil && step.note.Staged != "" {
		// The old contents were deleted, and the new ones have not taken their place.
		step.target = there.byID[step.note.Staged]
	}
	change := api.Update{}
	if wanted.Name != "" && (step.target == nil || step.target.Name != wanted.Name) {
		if err := j.makeWay(ctx, step.Kind, wanted); err != nil {
			return err
		}
	}
	if step.target == nil {
		made, err := all.create(ctx, wanted.ID, wanted.Name)
		if err != nil {
			return err
		}
		if made.ID != wanted.ID {
			return fmt.Errorf("the directory has another %s of that name, %s", step.Kind, made.ID)
		}
		step.target = made
		there.put(made)
	}
	if step.target.Name != wanted.Name {
		change.Name = &wanted.Name
	}
	if wanted.GeneralAccess != "" && step.target.GeneralAccess != wanted.GeneralAccess {
		change.GeneralAccess = wanted.GeneralAccess
	}
	if step.target.ID != wanted.ID {
		change.ID = wanted.ID
	}
	if change == (api.Update{}) {
		return nil
	}
	changed, err := all.update(ctx, step.target, change)
	if err != nil {
		return err
	}
	there.drop(step.target)
	there.put(changed)
	step.target = changed
	return nil
}

// makeWay takes a name away from another storage of the directory: the account
// has given it to the one that is wanted, and the other is gone there or has
// another name. It keeps its ID.
func (j *Job) makeWay(ctx context.Context, kind transfer.Kind, wanted *api.Storage) error {
	there := j.there[kind.Kind]
	other := there.named(wanted.Name)
	if other == nil || other.ID == wanted.ID {
		return nil
	}
	if j.kept().taken(kind, other.ID) == nil {
		return failure.WithHint(fmt.Errorf("the directory has another %s of that name, which no backup has made", kind),
			"rename it, or take the backup to another directory")
	}
	unnamed, err := j.To.storages(kind).update(ctx, other, api.Update{Name: new("")})
	if err != nil {
		return err
	}
	j.Note("another %s has the name %q now; the one that was taken before is kept as %s", kind, wanted.Name, other.ID)
	there.drop(other)
	there.put(unnamed)
	return nil
}

func (j *Job) prune(ctx context.Context, step *Step) error {
	if err := j.To.storages(step.Kind).remove(ctx, step.Facts); err != nil && !api.IsNotFound(err) {
		return err
	}
	j.there[step.Kind.Kind].drop(step.Facts)
	return errors.Join(j.kept().forget(step.Kind, step.Facts.ID), j.kept().remove(step.Kind, step.Facts.ID, restoredEnding))
}
