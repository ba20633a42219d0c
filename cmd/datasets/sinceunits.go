package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/since"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// unit is a file that is written, and what goes there.
type unit struct {
	path    string
	targets []destination.Target
	first   []int64
	appends bool
	length  int64 // of what is appended to
}

func (u unit) file() since.File {
	f := since.File{Path: u.path, First: map[string]int64{}}
	for i, t := range u.targets {
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

// units are the files to write. A dataset that does not begin with what was taken of
// it is an error: of a file for all of them, or of its own.
func (s *sinceLast) units(ctx context.Context, targets []destination.Target) (units []unit, err error) {
	looks := make([]look, len(targets))
	transfer.Each(len(targets), storages.LookUpsAtOnce, func(i int) { looks[i] = s.look(ctx, targets[i]) })
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all := unit{path: s.to.Path()}
	for i, t := range targets {
		l := looks[i]
		if l.err != nil {
			l.err = transfer.Failed(api.KindDataset, t, l.err)
			if s.options.merge.on {
				return nil, l.err
			}
		}
		if l.err != nil || l.none {
			s.outcome.Note(l.err)
			continue
		}
		if s.options.merge.on {
			all.targets, all.first = append(all.targets, t), append(all.first, l.first)
			if l.path != "" {
				all.path = l.path
			}
			continue
		}
		u := unit{path: t.Path, targets: []destination.Target{t}, first: []int64{l.first}}
		if u.path == "" {
			u.path = s.to.Path()
		}
		if l.path != "" {
			u.path = l.path
		}
		if err := s.place(ctx, &u); err != nil {
			s.outcome.Note(transfer.Failed(api.KindDataset, t, err))
			continue
		}
		units = append(units, u)
	}
	if len(all.targets) > 0 {
		err := s.place(ctx, &all)
		return []unit{all}, err
	}
	return units, nil
}

func (s *sinceLast) look(ctx context.Context, t destination.Target) (l look) {
	taken, known := s.book.Taken(t.ID)
	l.first = taken.Items
	path, first, interrupted := s.book.Interrupted(t.ID)
	if interrupted {
		l.path, l.first = path, first
	}
	if known && !interrupted && t.Count == taken.Items && t.Facts.ModifiedAt.Equal(taken.Modified) {
		l.none = true
		return l
	}
	if l.err = s.book.Check(ctx, s.Client.Datasets(), t.Ref, taken); l.err != nil {
		return l
	}
	if t.Count <= taken.Items && !interrupted {
		if known {
			s.book.Looked(t.ID, t.Facts.ModifiedAt)
		}
		l.none = true
	}
	return l
}

// place finds out how a unit's file is written: appended to, or made. One that is
// there and of which nothing is known is no file of ours.
func (s *sinceLast) place(ctx context.Context, u *unit) error {
	written, known := s.book.Written(u.path)
	writing := s.book.WasWriting(u.path)
	u.appends, u.length = s.appends, written.Length
	if !known && !writing {
		there, err := s.App.Exists(ctx, u.path)
		if there {
			err = failure.WithHint(fmt.Errorf("%s is there already, and --since-last has not written it", u.path), "move it away, or choose another --output")
		}
		return err
	}
	if !known {
		return nil
	}
	if u.appends {
		return appendable(u.path, written.Length, writing)
	}
	if writing {
		return nil
	}
	first, only := written.First[u.targets[0].ID]
	if !only || s.options.merge.on {
		return failure.WithHint(fmt.Errorf("%s was written by an earlier export, and %s is not appended to", u.path, s.ending), "put {time} into the path")
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
