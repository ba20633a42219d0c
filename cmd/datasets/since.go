package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"github.com/apifyctl/apifyctl/cmd/storage"
	"github.com/apifyctl/apifyctl/internal/api"
	"github.com/apifyctl/apifyctl/internal/app"
	"github.com/apifyctl/apifyctl/internal/failure"
	"github.com/apifyctl/apifyctl/internal/output"
	"github.com/apifyctl/apifyctl/internal/since"
	"github.com/apifyctl/apifyctl/internal/sink"
	"github.com/apifyctl/apifyctl/internal/sink/object"
	"github.com/apifyctl/apifyctl/internal/transfer"
)

// sinceFlags make an export one of what is new.
type sinceFlags struct {
	on    bool
	state string
}

func (f *sinceFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "since-last", false, "only what is new since the last export to the same place; jsonl, and csv and tsv with --fields, are appended to")
	flags.StringVar(&f.state, "state", "", "where --since-last keeps what was taken, a file or an object (default beside the destination)")
}

func (f *sinceFlags) check(e *exporter, to storage.Destination) error {
	o := e.options
	switch {
	case !f.on && f.state != "":
		return failure.Usagef("--state goes with --since-last")
	case !f.on:
		return nil
	case !to.IsFile():
		return failure.Usagef("--since-last needs a file: give one with --output")
	case o.resume, o.follow, o.bulk.planned(), e.Print.NoClobber:
		return failure.Usagef("--since-last does not go with --resume, --follow, --plan or --no-clobber: it knows itself what was done")
	case o.items.Descending, o.items.Offset > 0, o.items.Limit > 0, o.items.View != "":
		return failure.Usagef("--since-last does not go with --desc, --offset, --limit and --view: what is new is behind what was taken")
	}
	return nil
}

// appends tells that a format can go on behind what is there. Of tables the columns
// must be known, or new items could have others.
func appends(printer *app.Printer) bool {
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

// unit is a file that is written, and what goes there.
type unit struct {
	path    string
	targets []storage.Target
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

// sinceLast is an export of what is new.
type sinceLast struct {
	*exporter
	to      storage.Destination
	book    *since.Book
	appends bool
	ending  string // of the format, in messages
	outcome *failure.Outcome
}

func (e *exporter) sinceLast(ctx context.Context, to storage.Destination) (err error) {
	printer, items, err := e.printer(to.Example())
	if err != nil {
		return err
	}
	s := &sinceLast{exporter: e, to: to, appends: appends(printer), ending: printer.Format().Name}
	if !s.appends && !to.Many() && !to.Dated() {
		return failure.WithHint(failure.Usagef("%s is not appended to, and --since-last would need another file each time", describe(printer)),
			"put {date} or {time} into the path, or write jsonl, or csv with --fields")
	}
	shape := printer.Format().Name
	if s.appends && printer.Format().Columns {
		shape += " " + strings.Join(printer.Options().Fields, ",")
	}
	path := e.options.since.state
	if path == "" {
		path = since.Path(to.Pattern())
	}
	if s.book, err = since.Open(ctx, e.App, path, to.Pattern(), shape); err != nil {
		return err
	}
	defer func() { err = sink.Both(err, s.book.Close()) }()
	return s.run(ctx, items)
}

func describe(printer *app.Printer) string {
	switch name := printer.Format().Name; {
	case object.Is(printer.Path()):
		return "an object"
	case name == "csv", name == "tsv":
		return name + " without --fields"
	default:
		return name
	}
}

func (s *sinceLast) run(ctx context.Context, items api.ItemsOptions) error {
	start := time.Now()
	targets, err := s.targets(ctx)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		if err := s.outcome.Err(); err != nil {
			return err
		}
		s.App.Streams.Notef("no dataset matches; nothing is exported")
		return nil
	}
	if s.options.merge.on {
		err = s.to.Place(slices.Clone(targets[:1]))
	} else {
		err = s.to.Place(targets)
	}
	if err != nil {
		return err
	}
	units, err := s.units(ctx, targets)
	if err != nil {
		return err
	}
	if s.DryRun {
		for _, u := range units {
			if err := storage.ShowTarget(ctx, s.Scope, u.path); err != nil {
				return err
			}
		}
		return s.outcome.Err()
	}
	kept := context.WithoutCancel(ctx) // what is done is noted, whoever interrupts
	if len(units) == 0 {
		if err := errors.Join(s.book.Save(kept), s.outcome.Err()); err != nil {
			return err
		}
		s.App.Streams.Notef("nothing is new in %s", output.Plural(int64(len(targets)), "dataset", "datasets"))
		return nil
	}
	files := make([]since.File, len(units))
	for i, u := range units {
		files[i] = u.file()
	}
	if err := s.book.Begin(ctx, files); err != nil {
		return err
	}
	done := s.exportAll(ctx, units, items)
	if err := s.book.Save(kept); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.tell(units, len(targets), done, time.Since(start))
	return s.outcome.Err()
}

func (s *sinceLast) tell(units []unit, datasets int, done storage.Sum, took time.Duration) {
	with := 0
	for _, u := range units {
		with += len(u.targets)
	}
	note := output.Plural(done.Units, "new item", "new items")
	if done.Duplicates > 0 {
		note += ", " + output.Plural(done.Duplicates, "duplicate", "duplicates") + " left out"
	}
	note = fmt.Sprintf("%d of %s, %s, %s, %s", with, output.Plural(int64(datasets), "dataset", "datasets"), note, output.Bytes(done.Bytes), took.Round(10*time.Millisecond))
	if len(units) == 1 {
		note += ": " + units[0].path
	}
	s.App.Streams.Notef("%s", note)
}

// targets are the datasets. Of several files, those of datasets that cannot be found
// are left out; one file is whole or not written at all.
func (s *sinceLast) targets(ctx context.Context) (targets []storage.Target, err error) {
	s.outcome = &failure.Outcome{Noun: "datasets", Tell: s.App.Tell}
	datasets := storage.Datasets()
	switch {
	case s.options.merge.on:
		targets, err = datasets.Ordered(ctx, s.Scope)
	case s.Several():
		targets, s.outcome, err = datasets.Targets(ctx, s.Scope)
	default:
		var target storage.Target
		target, err = datasets.Target(ctx, s.Scope)
		targets = []storage.Target{target}
	}
	if err != nil {
		return nil, err
	}
	return s.withUnfinished(ctx, targets)
}

// withUnfinished adds datasets that an earlier export was writing when it ended, and
// that are not meant any more: their files may be there already, and what is in them
// is not noted.
func (s *sinceLast) withUnfinished(ctx context.Context, targets []storage.Target) ([]storage.Target, error) {
	for _, id := range s.book.Unfinished() {
		if slices.ContainsFunc(targets, func(t storage.Target) bool { return t.ID == id }) {
			continue
		}
		ref := api.StorageRef(api.KindDataset, &api.Storage{ID: id})
		dataset, err := s.Client.Datasets().Get(ctx, ref)
		if api.IsNotFound(err) {
			path, _, _ := s.book.Interrupted(id)
			s.App.Streams.Warnf("dataset %q is gone, which an interrupted export was writing to %s", id, path)
			continue
		}
		if err != nil {
			return nil, transfer.Failed(api.KindDataset, ref, err)
		}
		targets = append(targets, storage.Target{Ref: ref, Name: dataset.Name, ID: id, Facts: &dataset.Storage, Count: dataset.ItemCount})
	}
	return targets, nil
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
func (s *sinceLast) units(ctx context.Context, targets []storage.Target) (units []unit, err error) {
	looks := make([]look, len(targets))
	transfer.Each(len(targets), lookUpsAtOnce, func(i int) { looks[i] = s.look(ctx, targets[i]) })
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
		u := unit{path: t.Path, targets: []storage.Target{t}, first: []int64{l.first}}
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

// lookUpsAtOnce is how many datasets are looked at at the same time.
const lookUpsAtOnce = 64

func (s *sinceLast) look(ctx context.Context, t storage.Target) (l look) {
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

func (s *sinceLast) exportAll(ctx context.Context, units []unit, items api.ItemsOptions) (total storage.Sum) {
	if len(units) > 1 && items.Concurrency == 0 {
		items.Concurrency = requestsEach
	}
	progress := s.App.StartProgress(output.Plural(int64(len(units)), "file", "files"), "items", 0)
	defer progress.Done()
	seen := newTally(progress)
	var mutex sync.Mutex
	storage.EachOf(ctx, heads(units), true, func(i int) {
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
			total.Units += sum.Units
			total.Bytes += sum.Bytes
			total.Duplicates += sum.Duplicates
		}
	})
	return total
}

// heads are the first datasets of units.
func heads(units []unit) []storage.Target {
	targets := make([]storage.Target, len(units))
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
	transfer.Each(len(u.targets), lookUpsAtOnce, func(i int) {
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
