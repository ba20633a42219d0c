package parquet

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/apifyctl/apifyctl/internal/export/shred"
)

// levels are what a column has of each value, null or not, of some items: how much
// of its path is there, and which list on the path goes on.
type levels struct {
	lists bool // there are some on the path; if not, rep is not filled in
	count int
	same  bool  // all are level, and none goes on: def and rep are not filled in
	level uint8 // then

	def, rep        []uint8
	otherDef, other []uint8 // memory to change places with
	has             []bool  // scratch
}

// start begins with the items themselves.
func (l *levels) start(items int, lists bool) {
	l.lists, l.count, l.same, l.level = lists, items, true, 0
}

// fill fills in def and rep.
func (l *levels) fill() {
	if !l.same {
		return
	}
	l.same = false
	l.def = appendSame(l.def[:0], l.level, l.count)
	if l.lists {
		l.rep = appendSame(l.rep[:0], 0, l.count)
	}
}

func appendSame(dst []uint8, level uint8, count int) []uint8 {
	start := len(dst)
	dst = slices.Grow(dst, count)[:start+count]
	if level == 0 {
		clear(dst[start:])
		return dst
	}
	for i := start; i < len(dst); i++ {
		dst[i] = level
	}
	return dst
}

// member goes on to a member of the objects that are where the level is def.
func (l *levels) member(objects shred.Stream, shapes [][]int, member shred.Stream, place int, def uint8) {
	l.has = slices.Grow(l.has[:0], len(shapes))[:len(shapes)]
	always := true
	for i, members := range shapes {
		l.has[i] = slices.Contains(members, place)
		always = always && l.has[i]
	}
	only, uniform := member.Only()
	if always && uniform && l.same && l.level == def {
		if only != shred.Null {
			l.level = def + 1
		}
		return
	}
	l.fill()
	for i, at := range l.def {
		if at != def {
			continue
		}
		nextValue(&objects)
		if !l.has[objects.Count()] {
			continue
		}
		if kind, _ := member.Next(); kind != shred.Null {
			l.def[i] = def + 1
		}
	}
}

// elements goes on to the elements of the arrays that are where the level is def.
func (l *levels) elements(arrays, elements shred.Stream, def, rep uint8) {
	l.fill()
	only, uniform := elements.Only()
	whole := uniform && only != shred.Null // no element is null
	newDef, newRep := l.otherDef[:0], l.other[:0]
	for i, at := range l.def {
		count := 0
		if at == def {
			nextValue(&arrays)
			count = arrays.Count()
		}
		if count == 0 {
			newDef, newRep = append(newDef, at), append(newRep, l.rep[i])
			continue
		}
		start := len(newRep)
		newRep = appendSame(newRep, rep, count)
		newRep[start] = l.rep[i]
		if whole {
			newDef = appendSame(newDef, def+2, count)
			continue
		}
		for range count {
			element := def + 1
			if kind, _ := elements.Next(); kind != shred.Null {
				element++
			}
			newDef = append(newDef, element)
		}
	}
	l.count = len(newDef)
	l.def, l.otherDef = newDef, l.def
	l.rep, l.other = newRep, l.rep
}

// nextValue moves to the next value that is not null.
func nextValue(s *shred.Stream) shred.Kind {
	for {
		if kind, ok := s.Next(); kind != shred.Null || !ok {
			return kind
		}
	}
}

// appendHybrid appends numbers of a width in bits as runs of the same one, and as
// groups of eight where they differ.
func appendHybrid[T uint8 | uint32](dst []byte, numbers []T, width int) []byte {
	for len(numbers) > 0 {
		if run := runLength(numbers); run >= 8 || run == len(numbers) {
			dst = binary.AppendUvarint(dst, uint64(run)<<1)
			for shift := 0; shift < width; shift += 8 {
				dst = append(dst, byte(uint32(numbers[0])>>shift))
			}
			numbers = numbers[run:]
			continue
		}
		packed := 0 // up to where a run begins
		for packed < len(numbers) && (packed == 0 || runLength(numbers[packed:]) < 8) {
			packed += 8
		}
		dst = appendPacked(dst, numbers[:min(packed, len(numbers))], width)
		numbers = numbers[min(packed, len(numbers)):]
	}
	return dst
}

func runLength[T comparable](numbers []T) int {
	run := 1
	for run < len(numbers) && numbers[run] == numbers[0] {
		run++
	}
	return run
}

// appendPacked appends groups of eight numbers, the last filled up with zeros.
func appendPacked[T uint8 | uint32](dst []byte, numbers []T, width int) []byte {
	const word = 64
	groups := (len(numbers) + 7) / 8
	dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
	end := len(dst) + groups*width
	var pending uint64
	have := 0
	for _, number := range numbers {
		pending |= uint64(number) << have
		if have += width; have >= word {
			dst = binary.LittleEndian.AppendUint64(dst, pending)
			have -= word
			pending = uint64(number) >> (width - have)
		}
	}
	for len(dst) < end {
		dst = append(dst, byte(pending))
		pending >>= 8
	}
	return dst
}

// bitWidth is how many bits the numbers up to the greatest need.
func bitWidth(greatest int) int { return bits.Len(uint(greatest)) }
