package since

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/destination"
	"github.com/apifyctl/apifyctl/internal/items"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/storages"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// Run writes the files of units, and notes what is done, whoever interrupts. What fails
// of one is in the outcome.
func (j *Job) Run(ctx context.Context, units []Unit, asked api.ItemsOptions, progress *output.Progress) (storages.Sum, error) {
	files := make([]File, len(units))
	for i, u := range units {
		files[i] = u.file()
	}
	if err := j.Book.Begin(ctx, files); err != nil {
		return storages.Sum{}, err
	}
	done := j.writeAll(ctx, units, asked, progress)
	return done, cmp.Or(j.Book.Save(context.WithoutCancel(ctx)), ctx.Err())
}

// writeAll writes some files at a time.
func (j *Job) writeAll(ctx context.Context, units []Unit, asked api.ItemsOptions, progress *output.Progress) (total storages.Sum) {
	seen := items.NewTally(progress)
	var mutex sync.Mutex
	storages.EachOf(ctx, heads(units), true, func(i int) {
		sum, err := j.write(ctx, units[i], asked, seen)
		if ctx.Err() != nil {
			return
		}
		if !j.Merge && err != nil {
			err = transfer.Failed(api.KindDataset, units[i].Targets[0], err)
		}
		mutex.Lock()
		defer mutex.Unlock()
		if j.Outcome.Note(err) {
			total.Add(sum)
		}
	})
	return total
}

// heads are the first datasets of units.
func heads(units []Unit) []destination.Target {
	targets := make([]destination.Target, len(units))
	for i, u := range units {
		targets[i] = u.Targets[0]
	}
	return targets
}

// write writes the file of a unit, and notes it.
func (j *Job) write(ctx context.Context, u Unit, asked api.ItemsOptions, seen *items.Tally) (sum storages.Sum, err error) {
	printer, _, err := j.Printer(u.Path, j.Asked)
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
			appended, err = sink.Append(u.Path, u.length)
			if err != nil {
				return nil, err
			}
			return sink.Pack(appended, u.Path)
		})
	}
	m := &items.Merged{Exporter: j.Exporter, Targets: u.Targets, Asked: asked, Tally: seen, First: u.first, Next: make([]int64, len(u.Targets))}
	copy(m.Next, u.first)
	summary, err := m.Write(ctx, printer)
	if err != nil {
		return sum, err
	}
	for _, warning := range summary.Warnings() {
		j.Warn("%s: %s", u.Path, warning)
	}
	var length int64
	if appended != nil {
		length = appended.Length()
	}
	taken, err := j.taken(context.WithoutCancel(ctx), u, m.Next)
	if err == nil {
		err = j.Book.Done(context.WithoutCancel(ctx), u.Path, length, taken)
	}
	return summary.Sum(), err
}

// taken is how far the datasets of a unit are taken now.
func (j *Job) taken(ctx context.Context, u Unit, next []int64) (map[string]Taken, error) {
	taken, failures := make([]Taken, len(u.Targets)), make([]error, len(u.Targets))
	transfer.Each(len(u.Targets), storages.LookUpsAtOnce, func(i int) {
		taken[i] = Taken{Items: next[i], Modified: u.Targets[i].Facts.ModifiedAt}
		if next[i] > 0 {
			taken[i].Last, failures[i] = Last(ctx, j.Client.Datasets(), u.Targets[i].Ref, next[i])
		}
	})
	all := map[string]Taken{}
	for i, t := range u.Targets {
		all[t.ID] = taken[i]
	}
	return all, errors.Join(failures...)
}
