package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// errOther is what keeps a restore from what is in the account.
var errOther = errors.New("it is in the account with other contents, and stays as it is")

// other says what differs.
func other(what difference) error {
	err := errOther
	if what != "" {
		err = fmt.Errorf("%w: %s", errOther, what)
	}
	return failure.WithHint(err, "--overwrite puts what was taken in its place")
}

// Restore plans what a restore does.
func (j *Job) Restore(ctx context.Context) ([]*Step, error) {
	if err := j.begin(ctx); err != nil {
		return nil, err
	}
	var steps []*Step
	for _, each := range j.Storages {
		step := &Step{Storage: each, Action: Update}
		var err error
		if step.seen, err = seenOf(each.Facts); err != nil {
			return nil, fmt.Errorf("%s: %w", each, err)
		}
		if j.find(step); step.target == nil {
			step.Action = New
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// find looks for the storage in the account: by its name, by what an earlier
// restore has made for an unnamed one, by its ID. What an interrupted restore was
// filling has a name of its own.
func (j *Job) find(step *Step) {
	there := j.there[step.Kind.Kind]
	step.filling = there.named(fillingName(step.Facts))
	if step.Facts.Name != "" {
		step.target = there.named(step.Facts.Name)
		return
	}
	var kept restored
	j.kept().read(step.Kind, step.Facts.ID, restoredEnding, &kept)
	for _, id := range append(kept.IDs, step.Facts.ID) {
		if facts := there.byID[id]; facts != nil && facts != step.filling && facts.Name == "" {
			step.target = facts
		}
	}
}

// fillingName is what a storage is called until it holds all that it shall: it is
// found again after an interruption, and nobody takes it for whole.
func fillingName(facts *api.Storage) string { return "restore-" + facts.ID }

// Staged tells whether a storage of the directory is what an interrupted backup
// takes the contents of another one into.
func (j *Job) Staged() (func(Storage) bool, error) {
	staged := map[string]bool{}
	for _, kind := range transfer.Kinds() {
		ids, err := j.kept().ids(kind)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if n := j.kept().taken(kind, id); n != nil && n.Staged != "" {
				staged[n.Staged] = true
			}
		}
	}
	return func(s Storage) bool { return staged[s.Facts.ID] }, nil
}

// RunRestore carries out a plan.
func (j *Job) RunRestore(ctx context.Context, steps []*Step) error {
	if err := j.To.Recover(ctx); err != nil {
		return err
	}
	return j.all(ctx, steps, j.restore)
}

func (j *Job) restore(ctx context.Context, step *Step) error {
	from, err := j.From.side(step.Kind, step.Facts)
	if err != nil {
		return err
	}
	if step.target == nil {
		return j.fill(ctx, step, from)
	}
	to, err := j.To.side(step.Kind, step.target)
	if err != nil {
		return err
	}
	if step.Kind.Kind == api.KindKeyValueStore {
		return j.records(ctx, step, storeOf(from), storeOf(to), j.restoreRecord)
	}
	lacks, err := j.lacks(ctx, step, from, to)
	switch differs, isOther := errors.AsType[*otherError](err); {
	case isOther && j.Replace:
		return j.fill(ctx, step, from)
	case isOther:
		return other(differs.what)
	case err != nil || !lacks:
		return err
	}
	return j.add(ctx, step, from, to)
}

// fill makes a storage with all that there is in the backup. It gets its name when
// it is whole; one that it replaces is there until then.
func (j *Job) fill(ctx context.Context, step *Step, from transfer.Side) error {
	all := j.To.storages(step.Kind)
	if err := j.dropUnfit(ctx, step, from); err != nil {
		return err
	}
	if step.filling == nil {
		id := step.Facts.ID
		if j.there[step.Kind.Kind].byID[id] != nil {
			id = "" // another one has it
		}
		var err error
		if step.filling, err = all.create(ctx, id, fillingName(step.Facts)); err != nil {
			return err
		}
	}
	level := step.Facts.GeneralAccess
	if level != "" && step.filling.GeneralAccess != level {
		changed, err := all.update(ctx, step.filling, api.Update{GeneralAccess: level})
		if err != nil {
			return err
		}
		step.filling = changed
	}
	to, err := j.To.side(step.Kind, step.filling)
	switch {
	case err != nil:
	case step.Kind.Kind == api.KindKeyValueStore:
		err = j.records(ctx, step, storeOf(from), storeOf(to), j.restoreRecord)
	default:
		err = j.add(ctx, step, from, to)
	}
	if err == nil && step.target != nil {
		err = all.remove(ctx, step.target)
	}
	if err == nil {
		err = j.remember(step)
	}
	if err == nil {
		step.target, err = all.update(ctx, step.filling, api.Update{Name: &step.Facts.Name})
	}
	return err
}

// dropUnfit deletes what an interrupted restore was filling where that cannot go on
// with it: what a killed one had sent last may have been stored after this one
// looked.
func (j *Job) dropUnfit(ctx context.Context, step *Step, from transfer.Side) error {
	if step.filling == nil || step.Kind.Kind == api.KindKeyValueStore {
		return nil
	}
	to, err := j.To.side(step.Kind, step.filling)
	if err != nil {
		return err
	}
	begins, err := j.copyOf(step, from, to).Begins(ctx)
	if err == nil && !begins {
		err = j.To.storages(step.Kind).remove(ctx, step.filling)
		step.filling = nil
	}
	return err
}

// remember notes what was made for an unnamed storage, so that the next restore
// finds it again. A backup that cannot be written to is restored all the same.
func (j *Job) remember(step *Step) error {
	if step.Facts.Name != "" {
		return nil
	}
	var kept restored
	j.kept().read(step.Kind, step.Facts.ID, restoredEnding, &kept)
	if slices.Contains(kept.IDs, step.filling.ID) {
		return nil
	}
	kept.IDs = append(kept.IDs, step.filling.ID)
	err := j.kept().write(step.Kind, step.Facts.ID, restoredEnding, kept)
	if readOnly(err) {
		j.saidReadOnly.Do(func() {
			j.Tell(fmt.Errorf("%s cannot be written to: restored again, it makes its unnamed storages again", j.Dir))
		})
		return nil
	}
	return err
}

// otherError says in what the account's contents are not a part of the backup's.
type otherError struct{ what difference }

func (e *otherError) Error() string { return string(e.what) }

// lacks tells whether there is anything to add to what is in the account; an
// otherError means that it is something else.
func (j *Job) lacks(ctx context.Context, step *Step, from, to transfer.Side) (bool, error) {
	there, err := seenOf(step.target)
	switch {
	case err != nil:
		return false, err
	case there.holds() == 0:
		return step.seen.holds() > 0, nil
	case step.Kind.Kind == api.KindRequestQueue:
		differs, err := compareQueues(ctx, from, to)
		if err == nil && differs != "" {
			err = &otherError{differs}
		}
		return false, err
	}
	same, differs, err := compareItems(ctx, from, to, there.holds())
	switch {
	case err != nil:
		return false, err
	case same < there.holds():
		return false, &otherError{differs}
	}
	return step.seen.holds() > same, nil
}

// restoreRecord stores a record that the account lacks, or has with another value
// where that is allowed.
func (j *Job) restoreRecord(ctx context.Context, from, to transfer.Store, p keyPair) (int64, bool, error) {
	key := p.Key.Key
	if !p.a {
		return 0, false, nil // the account has more
	}
	if p.b {
		same, _, err := sameRecord(ctx, from, to, key)
		if err != nil || same {
			return 0, false, err
		}
		if !j.Replace {
			return 0, false, fmt.Errorf("record %q: %w", key, other(""))
		}
	}
	_, size, err := transfer.CopyRecord(ctx, from, to, p.Key, !j.To.Local)
	if errors.Is(err, transfer.ErrGone) {
		return 0, false, nil
	}
	return size, err == nil, err
}

// Difference is a storage that is not the same in both places.
type Difference struct {
	Storage
	What string
}

// Check compares the storages with what the other place has, wholly. found finds
// a storage there. Those that differ are compared by the next backup whatever
// was noted.
func (j *Job) Check(ctx context.Context, backup bool) ([]Difference, error) {
	if err := j.begin(ctx); err != nil {
		return nil, err
	}
	what, errs := make([]difference, len(j.Storages)), make([]error, len(j.Storages))
	transfer.Each(len(j.Storages), atOnce, func(i int) {
		if errs[i] = ctx.Err(); errs[i] == nil {
			what[i], errs[i] = j.checkOne(ctx, j.Storages[i], backup)
		}
		j.Progress.Add(1, 0)
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var differ []Difference
	for i, each := range j.Storages {
		if errs[i] != nil {
			what[i] = difference(failure.Text(errs[i]))
		}
		if what[i] != "" {
			differ = append(differ, Difference{each, string(what[i])})
		}
	}
	return differ, nil
}

func (j *Job) checkOne(ctx context.Context, each Storage, backup bool) (difference, error) {
	step := &Step{Storage: each}
	var err error
	if step.seen, err = seenOf(each.Facts); err != nil {
		return "", err
	}
	if backup {
		step.target = j.there[each.Kind.Kind].byID[each.Facts.ID]
	} else {
		j.find(step)
	}
	differs, err := j.compare(ctx, step)
	if taken := j.kept().taken(each.Kind, each.Facts.ID); backup && differs != "" && err == nil && taken != nil {
		taken.Complete, taken.Distrust = false, true
		err = j.kept().keep(each.Kind, each.Facts.ID, taken)
	}
	return differs, err
}

func (j *Job) compare(ctx context.Context, step *Step) (difference, error) {
	if step.target == nil {
		return "it is missing", nil
	}
	there, err := seenOf(step.target)
	if err != nil {
		return "", err
	}
	switch {
	case step.target.Name != step.Facts.Name:
		return difference(fmt.Sprintf("it is called %q", step.target.Name)), nil
	case step.target.GeneralAccess != step.Facts.GeneralAccess:
		return difference(fmt.Sprintf("its access is %s, not %s", step.target.GeneralAccess, step.Facts.GeneralAccess)), nil
	case there.holds() != step.seen.holds():
		return difference(fmt.Sprintf("it holds %s, not %d", output.Plural(there.holds(), step.Kind.One, step.Kind.Many), step.seen.holds())), nil
	}
	from, err := j.From.side(step.Kind, step.Facts)
	if err != nil {
		return "", err
	}
	to, err := j.To.side(step.Kind, step.target)
	if err != nil {
		return "", err
	}
	return contents(ctx, step.Kind, from, to)
}
