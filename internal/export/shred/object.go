package shred

import (
	"encoding/binary"

	"github.com/apifyctl/apifyctl/internal/rawjson"
)

func (s *Shredder) object(p *place, data []byte, i, depth int) (int, error) {
	i = rawjson.SkipSpace(data, i+1)
	if p.start == nil {
		p.start = s.newShape(nil, nil)
	}
	at := p.start
	if i < len(data) && data[i] == '}' {
		p.addObject(at, s.block)
		return i + 1, nil
	}
	marked := uint64(0) // the number of the object, once its members are marked
	for more := true; more; {
		var err error
		next := at.next
		if next != nil && next.member.startsAt(data, i) {
			i += len(next.member.label)
			if marked != 0 {
				next.member.object = marked
			}
		} else {
			if next, i, err = s.step(p, at, data, i, &marked); err != nil {
				return i, err
			}
		}
		if i < len(data) && data[i] <= ' ' {
			i = rawjson.SkipSpace(data, i)
		}
		at = next
		if i, err = s.value(next.member, data, i, depth); err != nil {
			return i, err
		}
		if i, more, err = rawjson.Separator(data, i, '}'); err != nil {
			return i, err
		}
	}
	p.addObject(at, s.block)
	return i, nil
}

// startsAt reports whether the member's key and colon are at data[i].
func (p *place) startsAt(data []byte, i int) bool {
	const word = 8
	if len(data)-i >= word {
		if binary.LittleEndian.Uint64(data[i:])&p.headMask != p.head {
			return false
		}
		if len(p.label) <= word {
			return true
		}
	}
	return len(data)-i >= len(p.label) && string(data[i:i+len(p.label)]) == string(p.label)
}

// setLabel sets the key as it is spelled.
func (p *place) setLabel(quoted []byte) {
	p.label = append(append(make([]byte, 0, len(quoted)+1), quoted...), ':')
	p.quoted = p.label[:len(quoted)]
	for i, c := range p.label[:min(8, len(p.label))] {
		p.head |= uint64(c) << (8 * i)
		p.headMask |= 0xff << (8 * i)
	}
}

func (p *place) addObject(sh *shape, block uint64) {
	if sh.block != block {
		sh.block, sh.index = block, len(p.shapes)
		p.shapes = append(p.shapes, sh)
	}
	p.add(Object)
	p.count++
	p.append(uint64(sh.index))
}

// step finds the shape with the member whose key is at data[i] where it is not
// the one that came last time, and the offset behind its colon. The first time in
// an object it marks the members that this has.
func (s *Shredder) step(p *place, at *shape, data []byte, i int, marked *uint64) (*shape, int, error) {
	if at.next != nil {
		for before := at.next; before.other != nil; before = before.other {
			if next := before.other; next.member.startsAt(data, i) {
				before.other, next.other, at.next = next.other, at.next, next
				if *marked != 0 {
					next.member.object = *marked
				}
				return next, i + len(next.member.label), nil
			}
		}
	}
	end, err := rawjson.SkipKey(data, i)
	if err != nil {
		return nil, end, err
	}
	quoted := data[i:end]
	if i, err = rawjson.Expect(data, rawjson.SkipSpace(data, end), ':'); err != nil {
		return nil, i, err
	}
	member, err := s.member(p, quoted)
	if err != nil {
		return nil, i, err
	}
	if *marked == 0 {
		s.objects++
		*marked = s.objects
		for before := at; before.member != nil; before = before.before {
			before.member.object = *marked
		}
	}
	if member.object == *marked {
		return nil, i, errDuplicate
	}
	member.object = *marked
	return s.follow(at, member), i, nil
}

func (s *Shredder) member(p *place, quoted []byte) (*place, error) {
	s.name = rawjson.AppendUnquoted(s.name[:0], quoted)
	if member := p.members[string(s.name)]; member != nil {
		return member, nil
	}
	switch {
	case len(p.members) < MaxMembers:
	case p.parent != nil:
		p.wide = true
		return nil, errWide
	case !s.AnyMembers:
		return nil, ErrTooManyMembers
	}
	member := &place{key: string(s.name), parent: p}
	member.setLabel(quoted)
	if p.members == nil {
		p.members = make(map[string]*place)
	}
	p.members[member.key] = member
	s.nodes++
	return member, nil
}

// follow is the shape with one more member.
func (s *Shredder) follow(at *shape, member *place) *shape {
	if at.more != nil {
		if next := at.more[member]; next != nil {
			return next
		}
	} else {
		for next := at.next; next != nil; next = next.other {
			if next.member == member {
				return next
			}
		}
	}
	next := s.newShape(at, member)
	at.count++
	if at.count <= fewShapes {
		next.other, at.next = at.next, next
		return next
	}
	if at.more == nil {
		at.more = make(map[*place]*shape)
		for known := at.next; known != nil; known = known.other {
			at.more[known.member] = known
		}
	}
	at.more[member] = next
	return next
}

func (s *Shredder) newShape(before *shape, member *place) *shape {
	const atOnce = 64
	if len(s.slab) == 0 {
		s.slab = make([]shape, atOnce)
	}
	next := &s.slab[0]
	s.slab = s.slab[1:]
	next.before, next.member = before, member
	s.nodes++
	return next
}
