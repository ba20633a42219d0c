package export

import (
	"context"
	"hash/maphash"
	"iter"
	"slices"

	"github.com/apifyctl/apifyctl/internal/export/flatten"
	"github.com/apifyctl/apifyctl/internal/export/schema"
	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// Profile is what a dataset is made of.
type Profile struct {
	Items   int64
	Seen    schema.Seen
	Misfits []Misfits // at most maxMisfits
	Misfit  int64     // items that do not fit
	More    bool      // there are more Misfits
	Unknown []string  // a few fields that the schema does not have
}

// Misfits are the values of a field that do not fit a schema, in the same way.
type Misfits struct {
	schema.Misfit
	First int64 // item, counted from 1
	Items int64
}

// maxMisfits bounds what is told of items that do not fit.
const maxMisfits = 200

// Against is what items should fit.
type Against struct {
	Type  *schema.Type  // nil: any
	Rules *schema.Rules // nil: any
}

// ProfileSeed makes profiles that can be merged.
func ProfileSeed() maphash.Seed { return maphash.MakeSeed() }

// pull hands pages to a pipeline that only looks at them, one at a time.
func (pages Pages) pull() (incoming func(*piece) (bool, error), stop func()) {
	next, stop := iter.Pull2(pages.All)
	return func(p *piece) (bool, error) {
		page, err, ok := next()
		p.page, p.fresh, p.release = page, true, pages.Release
		return ok && err == nil, err
	}, stop
}

// NewProfile looks at all items.
func NewProfile(ctx context.Context, pages Pages, seed maphash.Seed, against Against) (*Profile, error) {
	incoming, stop := pages.pull()
	defer stop()
	profile := &Profile{}
	r := &runner{}
	unknown := newMisfits()
	worker := func() pageEncoder {
		return &profiler{shredder: &shred.Shredder{AnyMembers: true}, seed: seed, against: against, unknown: unknown}
	}
	err := newPipeline().run(ctx, incoming, worker, func(p *piece) error {
		profile.Seen.AddMeasured(p.profiled.block, p.profiled.stats)
		for _, misfit := range p.profiled.misfits {
			misfit.First += r.items
			profile.misfit(misfit)
		}
		profile.Misfit += p.profiled.misfit
		profile.More = profile.More || p.profiled.more
		r.items += int64(p.items)
		p.profiled = profiled{}
		p.letGo()
		if len(profile.Seen.Members) > schema.MaxColumns {
			return flatten.TooManyColumns(profile.Seen.Names())
		}
		return nil
	}, r.locate)
	slices.Sort(unknown.unknown) // goroutines note them in any order
	profile.Items, profile.Unknown = r.items, unknown.unknown
	return profile, err
}

func (p *Profile) misfit(m Misfits) {
	for i := range p.Misfits {
		if known := &p.Misfits[i]; known.Field == m.Field && known.Want == m.Want && known.Got == m.Got {
			known.Items += m.Items
			return
		}
	}
	if len(p.Misfits) == maxMisfits {
		p.More = true
		return
	}
	p.Misfits = append(p.Misfits, m)
}

// profiled is a page that was looked at.
type profiled struct {
	block   *shred.Block
	stats   []*schema.Stats
	misfits []Misfits
	more    bool
	misfit  int64
	tooMany error // see Survey
}

type profiler struct {
	shredder *shred.Shredder
	seed     maphash.Seed
	against  Against
	unknown  *misfits
}

func (r *profiler) encode(p *piece) (err error) {
	var data []byte
	if data, p.items, err = r.shredder.Page(nil, p.page); err != nil {
		return pageItemError(p.items, err)
	}
	block, err := shred.Open(bytesAt(data), 0)
	if err != nil {
		return err
	}
	p.profiled.block = block
	if p.profiled.stats, err = schema.Measure(block, r.seed); err != nil {
		return err
	}
	wrong := false // types
	if r.against.Type != nil {
		misfits, unknown := r.against.Type.Check(block)
		r.unknown.note(unknown)
		wrong = len(misfits) > 0
	}
	if wrong || r.against.Rules != nil {
		err = r.each(p, wrong)
	}
	return err
}

// each finds the items of a page that do not fit.
func (r *profiler) each(p *piece, types bool) error {
	page := &Profile{}
	item := int64(0)
	for misfits, err := range eachMisfits(r.against, p.page, types) {
		if err != nil {
			return err
		}
		item++
		for i, misfit := range misfits {
			if !slices.ContainsFunc(misfits[:i], func(m *schema.Misfit) bool {
				return m.Field == misfit.Field && m.Want == misfit.Want && m.Got == misfit.Got
			}) { // several elements of an array may be wrong
				page.misfit(Misfits{Misfit: *misfit, First: item, Items: 1})
			}
		}
		if len(misfits) > 0 {
			page.Misfit++
		}
	}
	p.profiled.misfits, p.profiled.more, p.profiled.misfit = page.Misfits, page.More, page.Misfit
	return nil
}
