package durable

import (
	"crypto/rand"
	"errors"
	"os"
	"strconv"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Staging is the folder of temporary files, open for a group of changes.
type Staging struct {
	*Folder
	prefix string
	used   atomic.Int64
}

// OpenStaging creates the folder where it is missing.
func OpenStaging(root *os.Root) (*Staging, error) {
	if err := makePlain(root, TemporaryFolder); err != nil {
		return nil, err
	}
	folder, err := OpenFolder(root, TemporaryFolder)
	if err != nil {
		return nil, err
	}
	return &Staging{Folder: folder, prefix: rand.Text() + "-"}, nil
}

// Name is one that is not in use.
func (s *Staging) Name() string { return s.prefix + strconv.FormatInt(s.used.Add(1), 10) }

// Stage writes what changes under temporary names. synced: it is on the disk
// when Stage returns.
func (s *Staging) Stage(changes []*Change, synced bool) error {
	var work []func(synced bool) error
	for _, c := range changes {
		switch {
		case c.Deleted, c.Synced != nil:
		case c.Staged != "":
			work = append(work, func(synced bool) error {
				if synced {
					return s.sync(c.Staged)
				}
				return nil
			})
		default:
			work = append(work, func(synced bool) error { return s.stageOne(c, synced) })
		}
	}
	if !synced || canSyncAll && len(work) >= manyFiles {
		for _, do := range work {
			if err := do(false); err != nil {
				return err
			}
		}
		if !synced {
			return nil
		}
		return syncAll(s.Root)
	}
	var group errgroup.Group
	group.SetLimit(maxGroup)
	for _, do := range work {
		group.Go(func() error { return do(true) })
	}
	return group.Wait()
}

// manyFiles is from how many files on it takes less to bring to the disk all that
// the file system holds than each of them. That may be what others write, too: a
// few files do not wait for it.
const manyFiles = 8

func (s *Staging) stageOne(c *Change, synced bool) error {
	name := s.Name()
	err := s.Write(name, c.Text, synced)
	if err == nil {
		c.Staged = name
	}
	return err
}

// Unstage removes temporary files after a failure. Those that somebody else has
// made, he removes.
func (s *Staging) Unstage(changes []*Change) error {
	var errs []error
	for _, c := range changes {
		if c.Staged != "" && c.Synced == nil {
			errs = append(errs, s.Remove(c.Staged))
		}
	}
	return errors.Join(errs...)
}
