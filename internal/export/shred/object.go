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
	s.objects++
	object := s.objects
	for more := true; more; {
		var err error
		next := at.next
		if next != nil && startsWith(data, i, next.member.label) {
			i += len(next.member.label)
		} else {
			if next, i, err = s.step(p, at, data, i); err != nil {
				return i, err
			}
		}
		if i < len(data) && data[i] <= ' ' {
			i = rawjson.SkipSpace(data, i)
		}
		if next.member.object == object {
			return i, errDuplicate
		}
		next.member.object = object
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

func startsWith(data []byte, i int, label []byte) bool {
	return len(data)-i >= len(label) && string(data[i:i+len(label)]) == string(label)
}

func (p *place) addObject(sh *shape, block uint64) {
	if sh.block != block {
		sh.block, sh.index = block, len(p.shapes)
		p.shapes = append(p.shapes, sh)
	}
	p.add(Object)
	p.count++
	p.data = binary.AppendUvarint(p.data, uint64(sh.index))
}

// step finds the shape with the member whose key is at data[i] where it is not
// the one that came last time, and the offset behind its colon.
func (s *Shredder) step(p *place, at *shape, data []byte, i int) (*shape, int, error) {
	if at.next != nil {
		for before := at.next; before.other != nil; before = before.other {
			if next := before.other; startsWith(data, i, next.member.label) {
				before.other, next.other, at.next = next.other, at.next, next
				return next, i + len(next.member.label), nil
			}
		}
	}
	if i >= len(data) {
		return nil, i, rawjson.ErrIncomplete
	}
	if data[i] != '"' {
		return nil, i, &rawjson.SyntaxError{Offset: i, Want: "a key"}
	}
	end, err := rawjson.SkipString(data, i)
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
	label := append(append(make([]byte, 0, len(quoted)+1), quoted...), ':')
	member := &place{key: string(s.name), quoted: label[:len(quoted)], label: label, parent: p}
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
