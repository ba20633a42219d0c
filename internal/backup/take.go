package backup

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// take brings the contents of a storage in the directory up to date.
func (j *Job) take(ctx context.Context, step *Step) error {
	if step.note.unchanged(step.seen) {
		return nil // its name or its access has changed, and that is done
	}
	from, err := j.From.side(step.Kind, step.Facts)
	if err != nil {
		return err
	}
	before := step.note
	step.note = &note{Seen: step.seen, Began: time.Now()}
	if before != nil {
		step.note.Staged = before.Staged
	}
	if step.Kind.Kind != api.KindKeyValueStore {
		if err := j.takeList(ctx, step, from, before); err != nil {
			return err
		}
	} else if err := j.takeStore(ctx, step, from, before.trusted()); err != nil {
		return err
	}
	step.note.Complete = true
	return j.kept().keep(step.Kind, step.Facts.ID, step.note)
}

// takeList takes a dataset or a queue.
func (j *Job) takeList(ctx context.Context, step *Step, from transfer.Side, before *note) error {
	to, err := j.To.side(step.Kind, step.target)
	if err != nil {
		return err
	}
	goesOn, err := j.goesOn(ctx, step, from, to, before)
	if err != nil {
		return err
	}
	if goesOn {
		if err := j.kept().keep(step.Kind, step.Facts.ID, step.note); err != nil {
			return err
		}
		return j.add(ctx, step, from, to)
	}
	return j.takeAnew(ctx, step, from, before)
}

// goesOn tells whether what is in the directory is the beginning of what the
// account has, so that the rest can be added to it.
func (j *Job) goesOn(ctx context.Context, step *Step, from, to transfer.Side, before *note) (bool, error) {
	there, err := seenOf(step.target)
	switch {
	case err != nil:
		return false, err
	case before != nil && before.Staged != "":
		return false, nil
	case there.holds() == 0:
		return true, nil
	case step.Kind.Kind == api.KindRequestQueue:
		// Requests change, so only what an interrupted backup of the same state
		// has left is a part of it.
		if !before.trusted() || before.Complete || !before.Seen.same(step.seen) {
			return false, nil
		}
	case !before.trusted():
		same, _, err := compareItems(ctx, from, to, there.holds())
		return same == there.holds(), err
	}
	return j.copyOf(step, from, to).Begins(ctx)
}

func (j *Job) copyOf(step *Step, from, to transfer.Side) *transfer.Copy {
	return &transfer.Copy{Kind: step.Kind, Source: from, Destination: to, Resume: true, Shared: true, Progress: j.Progress, Tell: j.Tell}
}

// add copies what the destination lacks.
func (j *Job) add(ctx context.Context, step *Step, from, to transfer.Side) error {
	done, err := j.copyOf(step, from, to).Run(ctx)
	step.Copied += done.Copied
	return err
}

// takeAnew takes the contents into another storage, which takes the old one's
// place when it has all: what was taken before is there until then.
func (j *Job) takeAnew(ctx context.Context, step *Step, from transfer.Side, before *note) error {
	all := j.To.storages(step.Kind)
	staged, err := j.staged(ctx, step, from, before)
	if err != nil {
		return err
	}
	to, err := j.To.side(step.Kind, staged)
	if err == nil {
		err = j.add(ctx, step, from, to)
	}
	if err != nil {
		return err
	}
	if err := all.remove(ctx, step.target); err != nil {
		return err
	}
	change := api.Update{ID: step.Facts.ID, GeneralAccess: step.Facts.GeneralAccess}
	if step.Facts.Name != "" {
		change.Name = &step.Facts.Name
	}
	if step.target, err = all.update(ctx, staged, change); err != nil {
		return err
	}
	step.note.Staged = ""
	return nil
}

// staged is the storage in which contents are taken anew: that of an interrupted
// backup, if it can go on, or a new one.
func (j *Job) staged(ctx context.Context, step *Step, from transfer.Side, before *note) (*api.Storage, error) {
	all, there := j.To.storages(step.Kind), j.there[step.Kind.Kind]
	if step.note.Staged != "" && there.byID[step.note.Staged] != nil {
		staged := there.byID[step.note.Staged]
		to, err := j.To.side(step.Kind, staged)
		if err != nil {
			return nil, err
		}
		goesOn := step.Kind.Kind != api.KindRequestQueue || before.Seen.same(step.seen)
		if goesOn {
			goesOn, err = j.copyOf(step, from, to).Begins(ctx)
		}
		if goesOn && err == nil {
			return staged, j.kept().keep(step.Kind, step.Facts.ID, step.note)
		}
		if err := errors.Join(err, all.remove(ctx, staged)); err != nil {
			return nil, err
		}
	}
	// Its ID is noted before it is there, so that none is forgotten.
	step.note.Staged = newID()
	if err := j.kept().keep(step.Kind, step.Facts.ID, step.note); err != nil {
		return nil, err
	}
	staged, err := all.create(ctx, step.note.Staged, "")
	if err != nil {
		return nil, err
	}
	return all.update(ctx, staged, api.Update{GeneralAccess: api.AccessRestricted})
}

// newID has the form of the platform's IDs.
func newID() string {
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var id [17]byte
	for i := range id {
		id[i] = alphabet[rand.IntN(len(alphabet))] // #nosec G404 -- no secret
	}
	return string(id[:])
}

// takeStore takes the records that the directory lacks or has another version of.
func (j *Job) takeStore(ctx context.Context, step *Step, from transfer.Side, trusted bool) (err error) {
	to, err := j.To.side(step.Kind, step.target)
	if err != nil {
		return err
	}
	versions, err := j.kept().versions(step.Kind, step.Facts.ID, trusted)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, versions.close()) }()
	if err := j.kept().keep(step.Kind, step.Facts.ID, step.note); err != nil {
		return err
	}
	return j.records(ctx, step, storeOf(from), storeOf(to), func(ctx context.Context, from, to transfer.Store, p keyPair) (int64, bool, error) {
		return j.takeRecord(ctx, from, to, p, versions)
	})
}

// takeRecord returns the size of what was stored; false where nothing was.
func (j *Job) takeRecord(ctx context.Context, from, to transfer.Store, p keyPair, versions *versions) (int64, bool, error) {
	key := p.Key.Key
	switch {
	case !p.a && j.Prune:
		return 0, false, to.RecordFailed(key, to.DeleteRecord(ctx, to.Ref, key))
	case !p.a:
		return 0, false, nil
	case p.b && versions.of(key) != hash{}:
		info, err := from.HeadRecord(ctx, from.Ref, key)
		if err != nil {
			return 0, false, ignoreMissing(from.RecordFailed(key, err))
		}
		if versionOf(info) == versions.of(key) {
			return 0, false, nil
		}
	case p.b:
		same, info, err := sameRecord(ctx, from, to, key)
		if err != nil || same {
			return 0, false, errors.Join(err, versions.put(key, versionOf(info)))
		}
	}
	info, size, err := transfer.CopyRecord(ctx, from, to, p.Key, !j.To.Local)
	switch {
	case errors.Is(err, transfer.ErrGone):
		return 0, false, nil
	case err != nil:
		return 0, false, err
	}
	return size, true, versions.put(key, versionOf(info))
}
