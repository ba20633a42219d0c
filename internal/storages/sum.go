package storages

import (
	"strings"

	"github.com/apifyctl/apifyctl/internal/output"
)

// Sum is what was exported.
type Sum struct {
	Units, Bytes int64
	Duplicates   int64 // units that were left out, because they came before or come again
	Older        int64 // units that were left out, because they are not of the time that is wanted
	Skipped      int64 // units that an earlier export had exported
}

// Add adds what was exported elsewhere.
func (s *Sum) Add(other Sum) {
	s.Units += other.Units
	s.Bytes += other.Bytes
	s.Duplicates += other.Duplicates
	s.Older += other.Older
	s.Skipped += other.Skipped
}

// Tell says how much it is, in units of these names, and how much was left out of
// what was read.
func (s Sum) Tell(one, many string) string {
	parts := []string{output.Plural(s.Units, one, many)}
	if s.Duplicates > 0 {
		parts = append(parts, output.Plural(s.Duplicates, "duplicate", "duplicates")+" left out")
	}
	if s.Older > 0 {
		parts = append(parts, output.Plural(s.Older, "older "+one, "older "+many)+" left out")
	}
	return strings.Join(append(parts, output.Bytes(s.Bytes)), ", ")
}
