package datasets

import (
	"context"
	"errors"
	"sync"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/since"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

func (s *sinceLast) exportAll(ctx context.Context, units []unit, items api.ItemsOptions) (total storage.Sum) {
	if len(units) > 1 && items.Concurrency == 0 {
		items.Concurrency = requestsEach
	}
	progress := s.App.StartProgress(output.Plural(int64(len(units)), "file", "files"), "items", 0)
	defer progress.Done()
	seen := newTally(progress)
	var mutex sync.Mutex
	storages.EachOf(ctx, heads(units), true, func(i int) {
		sum, err := s.write(ctx, units[i], items, seen)
		if ctx.Err() != nil {
			return
		}
		if !s.options.merge.on && err != nil {
			err = transfer.Failed(api.KindDataset, units[i].targets[0], err)
		}
		mutex.Lock()
		defer mutex.Unlock()
		if s.outcome.Note(err) {
			total.Add(sum)
		}
	})
	return total
}

// heads are the first datasets of units.
func heads(units []unit) []destination.Target {
	targets := make([]destination.Target, len(units))
	for i, u := range units {
		targets[i] = u.targets[0]
	}
	return targets
}

// write writes the file of a unit, and notes it.
func (s *sinceLast) write(ctx context.Context, u unit, items api.ItemsOptions, seen *tally) (sum storage.Sum, err error) {
	printer, _, err := s.printer(u.path)
	if err != nil {
		return sum, err
	}
	var appended *sink.Appended
	if u.appends {
		if printer.Format().Columns {
			printer.Options().OnePass = true
		}
		if u.length > 0 {
			printer.Options().NoHeader, printer.Options().BOM = true, new(false)
		}
		printer.Into(func() (sink.Sink, error) {
			appended, err = sink.Append(u.path, u.length)
			if err != nil {
				return nil, err
			}
			return sink.Pack(appended, u.path)
		})
	}
	m := &merging{exporter: s.exporter, targets: u.targets, items: items, tally: seen, first: u.first, next: make([]int64, len(u.targets))}
	copy(m.next, u.first)
	summary, err := s.exporter.write(ctx, printer, m.pages(ctx), m.forget)
	if err != nil {
		return sum, err
	}
	for _, warning := range summary.all() {
		s.App.Streams.Warnf("%s: %s", u.path, warning)
	}
	var length int64
	if appended != nil {
		length = appended.Length()
	}
	taken, err := s.taken(context.WithoutCancel(ctx), u, m.next)
	if err == nil {
		err = s.book.Done(context.WithoutCancel(ctx), u.path, length, taken)
	}
	return summary.sum(), err
}

// taken is how far the datasets of a unit are taken now.
func (s *sinceLast) taken(ctx context.Context, u unit, next []int64) (map[string]since.Taken, error) {
	taken, failures := make([]since.Taken, len(u.targets)), make([]error, len(u.targets))
	transfer.Each(len(u.targets), storages.LookUpsAtOnce, func(i int) {
		taken[i] = since.Taken{Items: next[i], Modified: u.targets[i].Facts.ModifiedAt}
		if next[i] > 0 {
			taken[i].Last, failures[i] = since.Last(ctx, s.Client.Datasets(), u.targets[i].Ref, next[i])
		}
	})
	all := map[string]since.Taken{}
	for i, t := range u.targets {
		all[t.ID] = taken[i]
	}
	return all, errors.Join(failures...)
}
