package local

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// staging is the folder of temporary files, open for a group of changes.
type staging struct {
	*rawFolder
	prefix string
	used   atomic.Int64
	left   []string // files that nobody needs any more
	spares *spares  // nil: none are used
}

// openStaging creates the folder where it is missing.
func openStaging(root *os.Root) (*staging, error) {
	folder, err := openRaw(root, temporaryFolder)
	if errors.Is(err, fs.ErrNotExist) {
		if err = root.MkdirAll(temporaryFolder, 0o777); err == nil {
			folder, err = openRaw(root, temporaryFolder)
		}
	}
	if err != nil {
		return nil, err
	}
	return &staging{rawFolder: folder, prefix: rand.Text() + "-"}, nil
}

// name is one that is not in use.
func (s *staging) name() string { return s.prefix + strconv.FormatInt(s.used.Add(1), 10) }

// stage writes what changes under temporary names. synced: it is on the disk
// when stage returns.
func (s *staging) stage(changes []*fileChange, synced bool) error {
	var work []func() error
	for _, c := range changes {
		switch {
		case c.deleted, c.synced != nil:
		case c.staged != "" && synced:
			work = append(work, func() error { return s.sync(c.staged) })
		case c.staged == "":
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

func (s *staging) stageOne(c *fileChange, synced bool) error {
	if s.spares != nil && !synced {
		if spare, ok := s.spares.take(); ok {
			if s.rewrite(spare, c.text) {
				c.staged = spare
				return nil
			}
			if err := s.remove(spare); err != nil {
				return err
			}
		}
	}
	name := s.name()
	err := s.write(name, c.text, synced)
	if err == nil {
		c.staged = name
	}
	return err
}

// unstage removes temporary files after a failure. Those that somebody else has
// made, he removes.
func (s *staging) unstage(changes []*fileChange) error {
	var errs []error
	for _, c := range changes {
		if c.staged != "" && c.synced == nil {
			errs = append(errs, s.remove(c.staged))
		}
	}
	return errors.Join(errs...)
}
