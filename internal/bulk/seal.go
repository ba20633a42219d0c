package bulk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"github.com/apifyctl/apifyctl/internal/sink"
)

// ErrDoneMeanwhile means that another worker has done the unit while this one was
// at it. Its file stays.
var ErrDoneMeanwhile = errors.New("another worker was quicker")

// Seal is the sink of a unit's file, which knows what a receipt needs to say.
type Seal struct {
	sink.Sink
	ctx   context.Context //nolint:containedctx // of the one export that writes here
	job   *Job
	unit  Unit
	sum   hash.Hash
	size  int64
	items int64
}

// Seal watches what is written to a unit's sink, and has nothing appear that does
// not fit the plan, or that another worker has done.
func (j *Job) Seal(ctx context.Context, u Unit, to sink.Sink) *Seal {
	return &Seal{Sink: to, ctx: ctx, job: j, unit: u, sum: sha256.New(), items: -1}
}

func (s *Seal) Write(p []byte) (int, error) {
	n, err := s.Sink.Write(p)
	_, _ = s.sum.Write(p[:n]) // a hash takes everything
	s.size += int64(n)
	return n, err
}

// CountItems takes note of how many there are, for the receipt.
func (s *Seal) CountItems(n int64) {
	s.items = n
	sink.CountItems(s.Sink, n)
}

// Commit looks at the last moment whether somebody else has left a receipt: a
// worker that was cut off, and comes back after its unit was done again, changes
// nothing.
func (s *Seal) Commit() error {
	if err := s.check(); err != nil {
		return sink.Both(err, s.Abort())
	}
	return s.Sink.Commit()
}

func (s *Seal) check() error {
	if s.job.Options.counts() && s.items != s.unit.Limit {
		return &ChangedError{Planned: s.unit.Limit, Has: s.items}
	}
	switch _, err := s.job.Receipt(s.ctx, s.unit); {
	case err == nil:
		return ErrDoneMeanwhile
	case NotDone(err):
		return nil
	default:
		return fmt.Errorf("receipt of the unit: %w", err)
	}
}

// Receipt is what Commit has made true.
func (s *Seal) Receipt(path string) Receipt {
	return Receipt{version, s.job.Job, s.unit.Unit, path, s.items, s.size, hex.EncodeToString(s.sum.Sum(nil))}
}

// ChangedError means that a dataset has fewer items than were planned.
type ChangedError struct{ Planned, Has int64 }

func (e *ChangedError) Error() string {
	return fmt.Sprintf("it has %d items, and %d were planned: it has shrunk, or is another one", e.Has, e.Planned)
}
