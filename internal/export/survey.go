package export

import (
	"context"
	"slices"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// Survey is what files of several datasets have to agree on: the columns of tables,
// and the types of Parquet.
type Survey struct {
	columns *flatten.Columns
	tooMany error // why there are no columns
	seen    schema.Seen
}

// NewSurvey looks at items. fields are the wanted ones; nil: all.
func NewSurvey(ctx context.Context, pages Pages, fields []string) (*Survey, error) {
	incoming, stop := pages.pull()
	defer stop()
	s := &Survey{columns: flatten.NewColumns(fields, false, nil)}
	worker := func() pageEncoder {
		return &surveyor{collector: collector{tree: flatten.NewTree(s.columns.Empty())}, shredder: &shred.Shredder{AnyMembers: true}}
	}
	r := &runner{}
	return s, newPipeline().run(ctx, incoming, worker, func(p *piece) error {
		s.seen.Add(p.profiled.block)
		s.merge(p.found, p.profiled.tooMany)
		r.items += int64(p.items)
		p.profiled = profiled{}
		p.letGo()
		return nil
	}, r.locate)
}

// Merge adds what was found in the items of the next dataset.
func (s *Survey) Merge(other *Survey) {
	s.seen.Merge(&other.seen)
	s.merge(other.columns.Found, other.tooMany)
}

func (s *Survey) merge(found []flatten.Column, tooMany error) {
	if s.tooMany == nil {
		s.tooMany = tooMany
	}
	if s.tooMany == nil {
		s.tooMany = s.columns.Merge(found)
	}
}

// Columns are those of a table with all items. A table that items cannot have is
// an error.
func (s *Survey) Columns() ([]string, error) {
	if s.tooMany != nil {
		return nil, s.tooMany
	}
	columns := s.columns.Clone()
	if err := columns.Freeze(); err != nil {
		return nil, err
	}
	return append([]string{}, columns.Names...), nil
}

// Type is the schema of all items.
func (s *Survey) Type(o schema.Options) (schema.Resolved, error) {
	resolved, err := s.seen.Resolve(o)
	return resolved, TooManyColumns(err)
}

// surveyor looks at pages.
type surveyor struct {
	collector
	shredder *shred.Shredder
	failed   error
}

func (s *surveyor) encode(p *piece) error {
	data, items, err := s.shredder.Page(nil, p.page)
	if err != nil {
		return pageItemError(items, err)
	}
	if p.profiled.block, err = shred.Open(bytesAt(data), 0); err != nil {
		return err
	}
	p.found = nil
	if s.failed == nil {
		s.failed = s.collector.encode(p)
		p.found = slices.Clip(p.found)
	}
	p.items, p.profiled.tooMany = items, s.failed
	return nil
}
