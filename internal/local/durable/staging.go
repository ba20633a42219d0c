package durable

import (
	"crypto/rand"
	"errors"
	"os"
	"runtime"
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
	var work []func() error
	for _, c := range changes {
		switch {
		case c.Deleted, c.Synced != nil:
		case c.Staged != "" && synced:
			work = append(work, func() error { return s.sync(c.Staged) })
		case c.Staged == "":
			work = append(work, func() error { return s.stageOne(c, synced) })
		}
	}
	if len(work) == 1 {
		return work[0]()
	}
	var group errgroup.Group
	// Writing takes the processor, syncing waits.
	group.SetLimit(runtime.GOMAXPROCS(0))
	if synced {
		group.SetLimit(maxGroup)
	}
	for _, do := range work {
		group.Go(do)
	}
	return group.Wait()
}

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
