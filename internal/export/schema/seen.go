package schema

import (
	"slices"

	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// Seen is what was seen at a place of items. Blocks are added in the order of the
// items, so that members are in the order in which they first occurred.
type Seen struct {
	Key     string // of a member
	Mask    shred.Mask
	Longest int   // digits of the longest integer beyond 64 bits
	Values  int64 // nulls included
	Nulls   int64
	Objects int64
	Members []*Seen
	Element *Seen
	Stats   *Stats // nil where nothing was measured
	index   map[string]*Seen

	// Truncate leaves out members of items beyond the first MaxColumns.
	Truncate bool
	cut      []string
}

// maxSeen bounds the memory that places take. What has more either has an object
// with IDs as keys, which is folded, or more columns than there may be.
const maxSeen = 50_000

// Add adds what a block holds.
func (s *Seen) Add(b *shred.Block) { s.AddMeasured(b, nil) }

// AddMeasured is Add with what Measure has found in the block.
func (s *Seen) AddMeasured(b *shred.Block, stats []*Stats) {
	s.addPlace(b, stats, 0)
	if s.places() > maxSeen {
		s.fold()
	}
}

func (s *Seen) addPlace(b *shred.Block, stats []*Stats, place int) {
	p := &b.Places[place]
	var measured *Stats
	if stats != nil {
		measured = stats[place]
	}
	s.addCounts(&Seen{Stats: measured, Mask: p.Mask, Longest: p.Longest, Values: int64(p.Values), Nulls: int64(p.Nulls), Objects: int64(p.Objects)})
	if s.Mask&shred.Wide != 0 {
		s.drop()
		return
	}
	for _, child := range p.Children {
		if b.Places[child].Quoted == nil {
			s.element().addPlace(b, stats, child)
			continue
		}
		key := b.Places[child].Key
		if s.Truncate && len(s.Members) >= MaxColumns && s.index[key] == nil {
			s.omit(key)
			continue
		}
		s.member(key).addPlace(b, stats, child)
		if len(s.Members) > shred.MaxMembers && place > 0 {
			s.drop()
			return
		}
	}
}

func (s *Seen) addCounts(other *Seen) {
	s.Mask |= other.Mask
	s.Longest = max(s.Longest, other.Longest)
	s.Values += other.Values
	s.Nulls += other.Nulls
	s.Objects += other.Objects
	if other.Stats != nil {
		if s.Stats == nil {
			s.Stats = newStats()
		}
		s.Stats.merge(other.Stats)
	}
}

// Merge adds what was seen in items that follow.
func (s *Seen) Merge(other *Seen) {
	s.addCounts(other)
	if s.Mask&shred.Wide != 0 {
		s.drop()
		return
	}
	if other.Element != nil {
		s.element().Merge(other.Element)
	}
	for _, member := range other.Members {
		s.member(member.Key).Merge(member)
	}
}

// cutNamed is how many names of what is left out are kept.
const cutNamed = 10

// omit notes a few of what is left out.
func (s *Seen) omit(key string) {
	if len(s.cut) < cutNamed && !slices.Contains(s.cut, key) {
		s.cut = append(s.cut, key)
	}
}

func (s *Seen) element() *Seen {
	if s.Element == nil {
		s.Element = &Seen{}
	}
	return s.Element
}

func (s *Seen) member(key string) *Seen {
	member := s.index[key]
	if member == nil {
		member = &Seen{Key: key}
		if s.index == nil {
			s.index = make(map[string]*Seen)
		}
		s.index[key] = member
		s.Members = append(s.Members, member)
	}
	return member
}

// drop forgets the members: the objects become JSON text.
func (s *Seen) drop() {
	s.Mask |= shred.Wide
	s.Members, s.index, s.Element = nil, nil, nil
}

func (s *Seen) places() int {
	count := 1
	if s.Element != nil {
		count += s.Element.places()
	}
	for _, member := range s.Members {
		count += member.places()
	}
	return count
}

// fold drops the members of all objects with IDs as keys.
func (s *Seen) fold() {
	if s.Element != nil {
		s.Element.fold()
	}
	for _, member := range s.Members {
		member.fold()
		if member.hasRareKeys() {
			member.drop()
		}
	}
	if s.Element != nil && s.Element.hasRareKeys() {
		s.Element.drop()
	}
}

// hasRareKeys reports whether objects have over 200 keys that few of them have,
// as IDs are.
func (s *Seen) hasRareKeys() bool {
	const most, few = 200, 10 // at most one in so many
	if len(s.Members) <= most {
		return false
	}
	rare := 0
	for _, member := range s.Members {
		if member.Values*few <= s.Objects || member.Values == 1 && s.Objects > 1 {
			rare++
		}
	}
	return rare > most
}

// Names are the names of the members.
func (s *Seen) Names() []string {
	names := make([]string, 0, len(s.Members))
	for _, member := range s.Members {
		names = append(names, member.Key)
	}
	return names
}
