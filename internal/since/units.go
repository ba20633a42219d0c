package since

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Job is an export of what is new.
type Job struct {
	*items.Exporter
	Book    *Book
	To      destination.Destination
	Merge   bool   // all datasets go to one file
	Appends bool   // the format can go on behind what is there
	Ending  string // of the format, in messages
	Outcome *failure.Outcome
	// Exists tells that there is a file, or an object.
	Exists func(ctx context.Context, path string) (bool, error)
}

// Unit is a file that is written, and what goes there.
type Unit struct {
	Path    string
	Targets []destination.Target
	first   []int64
	appends bool
	length  int64 // of what is appended to
}

// file is what is noted of it before it is written.
func (u Unit) file() File {
	f := File{Path: u.Path, First: map[string]int64{}}
	for i, t := range u.Targets {
		f.First[t.ID] = u.first[i]
	}
	return f
}

// look is what there is to take of a dataset.
type look struct {
	first int64
	path  string // of the file that was being written when an earlier export ended
	none  bool
	err   error
}

// Units are the files to write. A dataset that does not begin with what was taken of
// it is an error: of a file for all of them, or of its own.
func (j *Job) Units(ctx context.Context, targets []destination.Target) (units []Unit, err error) {
	looks := make([]look, len(targets))
	transfer.Each(len(targets), storages.LookUpsAtOnce, func(i int) { looks[i] = j.look(ctx, targets[i]) })
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all := Unit{Path: j.To.Path()}
	for i, t := range targets {
		l := looks[i]
		if l.err != nil {
			l.err = transfer.Failed(api.KindDataset, t, l.err)
			if j.Merge {
				return nil, l.err
			}
		}
		if l.err != nil || l.none {
			j.Outcome.Note(l.err)
			continue
		}
		if j.Merge {
			all.Targets, all.first = append(all.Targets, t), append(all.first, l.first)
			if l.path != "" {
				all.Path = l.path
			}
			continue
		}
		u := Unit{Path: t.Path, Targets: []destination.Target{t}, first: []int64{l.first}}
		if u.Path == "" {
			u.Path = j.To.Path()
		}
		if l.path != "" {
			u.Path = l.path
		}
		if err := j.place(ctx, &u); err != nil {
			j.Outcome.Note(transfer.Failed(api.KindDataset, t, err))
			continue
		}
		units = append(units, u)
	}
	if len(all.Targets) > 0 {
		err := j.place(ctx, &all)
		return []Unit{all}, err
	}
	return units, nil
}

func (j *Job) look(ctx context.Context, t destination.Target) (l look) {
	taken, known := j.Book.Taken(t.ID)
	l.first = taken.Items
	path, first, interrupted := j.Book.Interrupted(t.ID)
	if interrupted {
		l.path, l.first = path, first
	}
	if known && !interrupted && t.Count == taken.Items && t.Facts.ModifiedAt.Equal(taken.Modified) {
		l.none = true
		return l
	}
	if l.err = j.Book.Check(ctx, j.Client.Datasets(), t.Ref, taken); l.err != nil {
		return l
	}
	if t.Count <= taken.Items && !interrupted {
		if known {
			j.Book.Looked(t.ID, t.Facts.ModifiedAt)
		}
		l.none = true
	}
	return l
}

// place finds out how a unit's file is written: appended to, or made. One that is
// there and of which nothing is known is no file of ours.
func (j *Job) place(ctx context.Context, u *Unit) error {
	written, known := j.Book.Written(u.Path)
	writing := j.Book.WasWriting(u.Path)
	u.appends, u.length = j.Appends, written.Length
	if !known && !writing {
		there, err := j.Exists(ctx, u.Path)
		if there {
			err = failure.WithHint(fmt.Errorf("%s is there already, and --since-last has not written it", u.Path), "move it away, or choose another --output")
		}
		return err
	}
	if !known {
		return nil
	}
	if u.appends {
		return appendable(u.Path, written.Length, writing)
	}
	if writing {
		return nil
	}
	first, only := written.First[u.Targets[0].ID]
	if !only || j.Merge {
		return failure.WithHint(fmt.Errorf("%s was written by an earlier export, and %s is not appended to", u.Path, j.Ending), "put {time} into the path")
	}
	u.first[0] = first // the file of one dataset is written anew, with what it had and what is new
	return nil
}

// appendable holds a file against what is known of it.
func appendable(path string, length int64, writing bool) error {
	info, err := os.Stat(path)
	hint := "it must stay as --since-last has left it: bring it back, or choose another --output"
	switch {
	case errors.Is(err, fs.ErrNotExist) && length == 0:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return failure.WithHint(fmt.Errorf("%s is gone, to which new items would be appended", path), hint)
	case err != nil:
		return err
	case info.Size() < length, info.Size() > length && !writing:
		return failure.WithHint(fmt.Errorf("%s has %d bytes, and had %d: somebody else has changed it", path, info.Size(), length), hint)
	}
	return nil
}

// WithUnfinished adds datasets that an earlier export was writing when it ended, and
// that are not meant any more: their files may be there already, and what is in them
// is not noted.
func (j *Job) WithUnfinished(ctx context.Context, targets []destination.Target) ([]destination.Target, error) {
	for _, id := range j.Book.Unfinished() {
		if slices.ContainsFunc(targets, func(t destination.Target) bool { return t.ID == id }) {
			continue
		}
		ref := api.StorageRef(api.KindDataset, &api.Storage{ID: id})
		dataset, err := j.Client.Datasets().Get(ctx, ref)
		if api.IsNotFound(err) {
			path, _, _ := j.Book.Interrupted(id)
			j.Warn("dataset %q is gone, which an interrupted export was writing to %s", id, path)
			continue
		}
		if err != nil {
			return nil, transfer.Failed(api.KindDataset, ref, err)
		}
		targets = append(targets, destination.Target{Ref: ref, Name: dataset.Name, ID: id, Facts: &dataset.Storage, Count: dataset.ItemCount})
	}
	return targets, nil
}

// Appends tells that a format can go on behind what is there. Of tables the columns
// must be known, or new items could have others.
func Appends(printer items.Printer) bool {
	if object.Is(printer.Path()) {
		return false
	}
	switch printer.Format().Name {
	case "jsonl":
		return true
	case "csv", "tsv":
		return len(printer.Options().Fields) > 0
	}
	return false
}
